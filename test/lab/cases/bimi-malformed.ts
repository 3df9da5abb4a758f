import type { LabCase } from "../case.ts";
import { first } from "../keys.ts";

export default {
  shows: "a BIMI logo without https",
  records: `s1._domainkey ${first.txt}
default._bimi TXT "v=BIMI1; l=http://bimi-malformed.example/logo.svg"
`,
  options: ["--selector", "s1"],
  finds: { BimiMalformed: [] },
} satisfies LabCase;
