import type { LabCase } from "../case.ts";

export default {
  shows: "an alias that leads to another customer's key",
  records: "s1._domainkey CNAME s1.dkim.esp.example.\ns2._domainkey CNAME s2.dkim.esp.example.\n",
  options: ["--selector", "s1", "--expect", "s1=s9.dkim.esp.example"],
  finds: { CnameMismatch: "s1._domainkey.cname-mismatch.example" },
} satisfies LabCase;
