import type { LabCase } from "../case.ts";

export default {
  shows: "a provider's zone that fails: nothing can be said of the key",
  records: "s1._domainkey CNAME s1.broken-provider.example.\n",
  others: { "broken-provider.example": "" },
  served: { "broken-provider.example": "fails" },
  options: ["--selector", "s1"],
  finds: { Undetermined: [] },
  besides: ["LameDelegation"],
  not: ["TargetMissing", "NoKeyRecord"],
  on: "network",
} satisfies LabCase;
