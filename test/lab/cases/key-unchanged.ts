import type { LabCase } from "../case.ts";
import { first } from "../keys.ts";

export default {
  shows: "the key of two months ago",
  records: `s1._domainkey ${first.txt}\n`,
  history: [{ fingerprint: first.fingerprint, daysAgo: [60, 1], targets: [] }],
  options: ["--selector", "s1"],
  finds: {},
  not: ["KeyChanged", "ChainChanged", "SelectorReused"],
  on: "file",
} satisfies LabCase;
