import type { LabCase } from "../case.ts";
import { first } from "../keys.ts";

export default {
  shows: "the parent lists one name server, the zone two",
  records: `s1._domainkey ${first.txt}\n`,
  delegation: { "parent-mismatch.example": "@ NS ns1\nns1 A {first}" },
  options: ["--selector", "s1"],
  finds: { ParentMismatch: [] },
  on: "network",
} satisfies LabCase;
