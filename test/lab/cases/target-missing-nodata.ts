import type { LabCase } from "../case.ts";

export default {
  shows: "an alias to a name that exists and has no TXT",
  records: "s1._domainkey CNAME dkim.esp.example.\n",
  options: ["--selector", "s1"],
  finds: { TargetMissing: [] },
} satisfies LabCase;
