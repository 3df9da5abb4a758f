import type { LabCase } from "../case.ts";
import { first, second } from "../keys.ts";

export default {
  shows: "two keys at one selector",
  records: `s1._domainkey ${first.txt}
s1._domainkey ${second.txt}
`,
  options: ["--selector", "s1"],
  finds: { MultipleKeyRecords: "s1._domainkey.multiple-key-records.example" },
} satisfies LabCase;
