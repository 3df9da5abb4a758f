import type { LabCase } from "../case.ts";

export default {
  shows: "a provider's zone whose servers do not answer",
  records: "s1._domainkey CNAME s1.silent-provider.example.\n",
  others: { "silent-provider.example": "" },
  served: { "silent-provider.example": "silent" },
  options: ["--selector", "s1"],
  finds: { Undetermined: [] },
  besides: ["LameDelegation"],
  not: ["TargetMissing", "NoKeyRecord"],
  on: "network",
} satisfies LabCase;
