import type { LabCase } from "../case.ts";
import { first } from "../keys.ts";

export default {
  shows: "a DNS list that has ended and lists everything, which says nothing",
  records: `s1._domainkey ${first.txt}\n`,
  others: { "ended-list.example": "* A 127.0.0.2\n" },
  options: ["--selector", "s1", "--blocklist", "domain:ended-list.example"],
  finds: {},
  not: ["ListedOnBlocklist"],
} satisfies LabCase;
