import type { LabCase } from "../case.ts";

export default {
  shows: "an alias to a provider's domain that nobody has registered any more",
  records: "s1._domainkey CNAME s1.dkim.gone-provider.example.\n",
  options: ["--selector", "s1"],
  finds: { TakeoverRisk: [] },
  besides: ["TargetMissing"],
  // In a file nothing tells a domain that is free from one that is not listed.
  on: "network",
} satisfies LabCase;
