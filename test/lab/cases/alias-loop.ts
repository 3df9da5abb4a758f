import type { LabCase } from "../case.ts";

export default {
  shows: "aliases that lead in a circle",
  records: `s1._domainkey CNAME a
a CNAME b
b CNAME a
`,
  options: ["--selector", "s1"],
  finds: { AliasLoop: "s1._domainkey.alias-loop.example" },
} satisfies LabCase;
