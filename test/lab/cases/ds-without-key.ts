import type { LabCase } from "../case.ts";
import { first } from "../keys.ts";

export default {
  shows: "the parent has a DS record, and the zone is not signed",
  records: `s1._domainkey ${first.txt}\n`,
  delegation: {
    "ds-without-key.example": `@ NS ns1\n@ NS ns2\nns1 A {first}\nns2 A {second}
@ DS 4711 13 2 ${"ab".repeat(32)}`,
  },
  options: ["--selector", "s1"],
  finds: { DsWithoutKey: [] },
  on: "network",
} satisfies LabCase;
