import type { LabCase } from "../case.ts";

export default {
  shows: "an alias that is expected and not there",
  records: "s2._domainkey CNAME s2.dkim.esp.example.\n",
  options: ["--expect", "s1=s1.dkim.esp.example"],
  finds: { CnameMissing: "s1._domainkey.cname-missing-expected.example" },
} satisfies LabCase;
