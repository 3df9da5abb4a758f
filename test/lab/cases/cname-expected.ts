import type { LabCase } from "../case.ts";

export default {
  shows: "an alias that leads where it is expected to",
  records: "s1._domainkey CNAME s1.dkim.esp.example.\ns2._domainkey CNAME s2.dkim.esp.example.\n",
  options: ["--expect", "s1=s1.dkim.esp.example", "--expect", "s2=S2.dkim.esp.example."],
  finds: {},
} satisfies LabCase;
