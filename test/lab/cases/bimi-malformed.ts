import type { LabCase } from "../case.ts";
import { first } from "../keys.ts";

export default {
  shows: "two BIMI records",
  records: `s1._domainkey ${first.txt}
default._bimi TXT "v=BIMI1; l=https://www.bimi-malformed.example/one.svg"
default._bimi TXT "v=BIMI1; l=https://www.bimi-malformed.example/two.svg"
`,
  options: ["--selector", "s1"],
  finds: { BimiMalformed: [] },
} satisfies LabCase;
