import type { LabCase } from "../case.ts";
import { first } from "../keys.ts";

export default {
  shows: "a wildcard that answers for every selector",
  records: `s1._domainkey ${first.txt}
* TXT "v=spf1 -all"
*._domainkey TXT "v=spf1 -all"
`,
  options: ["--selector", "s1"],
  finds: { WildcardInTheWay: [] },
} satisfies LabCase;
