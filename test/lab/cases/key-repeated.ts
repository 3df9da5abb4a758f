import type { LabCase } from "../case.ts";
import { first } from "../keys.ts";

export default {
  shows: "one key under two selectors",
  records: `s1._domainkey ${first.txt}
s2._domainkey ${first.txt}
`,
  options: ["--selector", "s1", "--selector", "s2"],
  finds: { KeyRepeated: [] },
} satisfies LabCase;
