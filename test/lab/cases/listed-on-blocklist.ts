import type { LabCase } from "../case.ts";
import { first } from "../keys.ts";

export default {
  shows: "a domain that a list, asked for by name, lists",
  records: `s1._domainkey ${first.txt}\n`,
  others: {
    "blocklist.test": `test A 127.0.0.2
listed-on-blocklist.example A 127.0.0.2
listed-on-blocklist.example TXT "for the lab"
`,
  },
  options: ["--selector", "s1", "--blocklist", "domain:blocklist.test"],
  finds: { ListedOnBlocklist: [] },
} satisfies LabCase;
