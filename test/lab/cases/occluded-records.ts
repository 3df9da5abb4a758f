import type { LabCase } from "../case.ts";
import { second } from "../keys.ts";

export default {
  shows:
    "a branch was delegated, and a key of another provider is left below the cut, where only the zone's own file shows it",
  records: `_domainkey NS ns1.esp.example.
_domainkey NS ns2.esp.example.
google._domainkey ${second.txt}
`,
  finds: { OccludedRecords: [] },
  besides: ["Flattened"],
  on: "file",
} satisfies LabCase;
