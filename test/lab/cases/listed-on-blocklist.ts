import type { LabCase } from "../case.ts";
import { first } from "../keys.ts";

export default {
  shows: "a DNS list that was named lists the domain",
  records: `s1._domainkey ${first.txt}\n`,
  others: { "list.example": "listed-on-blocklist.example A 127.0.0.2\n" },
  options: ["--selector", "s1", "--blocklist", "domain:list.example"],
  finds: { ListedOnBlocklist: ["listed-on-blocklist.example"] },
} satisfies LabCase;
