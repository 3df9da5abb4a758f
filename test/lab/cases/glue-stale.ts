import type { LabCase } from "../case.ts";
import { first } from "../keys.ts";

export default {
  shows: "the parent's glue names an address that the server has left",
  records: `s1._domainkey ${first.txt}\n`,
  delegation: { "glue-stale.example": "@ NS ns1\n@ NS ns2\nns1 A {first}\nns2 A 127.53.88.1" },
  options: ["--selector", "s1"],
  finds: { GlueStale: [] },
  besides: ["LameDelegation", "ParentMismatch"],
  on: "network",
} satisfies LabCase;
