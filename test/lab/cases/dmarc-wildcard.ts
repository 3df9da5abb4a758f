import type { LabCase } from "../case.ts";
import { first } from "../keys.ts";

export default {
  shows: "a wildcard that gives a DMARC record to every name below",
  records: `s1._domainkey ${first.txt}
* TXT "v=DMARC1; p=none"
`,
  options: ["--selector", "s1"],
  finds: { DmarcWildcard: [] },
  besides: ["WildcardInTheWay"],
} satisfies LabCase;
