import type { LabCase } from "../case.ts";
import { first, second } from "../keys.ts";

export default {
  shows: "two sound selectors of the owner's own",
  records: `s1._domainkey ${first.txt}
s2._domainkey ${second.txt}
`,
  options: ["--selector", "s1"],
  finds: {},
} satisfies LabCase;
