import type { LabCase } from "../case.ts";

export default {
  shows: "an alias whose target the provider does not have",
  records: "s1._domainkey CNAME gone.dkim.esp.example.\n",
  options: ["--selector", "s1"],
  finds: { TargetMissing: [] },
} satisfies LabCase;
