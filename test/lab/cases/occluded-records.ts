import type { LabCase } from "../case.ts";
import { first } from "../keys.ts";

export default {
  shows: "a branch was delegated, and a key of another provider is left below the cut",
  records: `own._domainkey ${first.txt}
_domainkey NS ns1.esp.example.
_domainkey NS ns2.esp.example.
`,
  finds: { OccludedRecords: [] },
  besides: ["TargetMissing", "NoKeyRecord"],
  // No server shows what a cut hides.
  on: "file",
} satisfies LabCase;
