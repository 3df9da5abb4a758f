import type { LabCase } from "../case.ts";
import { first, second } from "../keys.ts";

export default {
  shows: "a selector that was given up and has come back with another key",
  records: `s1._domainkey ${first.txt}\n`,
  history: [
    { fingerprint: second.fingerprint, daysAgo: [300, 200], targets: [] },
    { daysAgo: [199, 10], targets: [] },
  ],
  options: ["--selector", "s1"],
  finds: { SelectorReused: "s1._domainkey.selector-reused.example" },
  not: ["KeyChanged"],
  on: "file",
} satisfies LabCase;
