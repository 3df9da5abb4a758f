import type { LabCase } from "../case.ts";
import { first, second } from "../keys.ts";

export default {
  shows: "a branch was delegated, and a key of another provider is left below the cut",
  records: `google._domainkey ${second.txt}\n`,
  others: { "_domainkey.occluded-records.example": `s1 ${first.txt}\n` },
  options: ["--selector", "s1"],
  finds: { OccludedRecords: [] },
  on: "network",
} satisfies LabCase;
