import type { LabCase } from "../case.ts";
import { first } from "../keys.ts";

export default {
  shows: "a key that has not changed for two years",
  records: `s1._domainkey ${first.txt}\n`,
  history: [{ fingerprint: first.fingerprint, daysAgo: [730, 1], targets: [] }],
  options: ["--selector", "s1"],
  finds: { KeyOld: "s1._domainkey.key-old.example" },
  on: "file",
} satisfies LabCase;
