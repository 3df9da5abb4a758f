import type { LabCase } from "../case.ts";
import { first, second } from "../keys.ts";

export default {
  shows: "another key under the same selector than ten days ago",
  records: `s1._domainkey ${first.txt}\n`,
  history: [{ fingerprint: second.fingerprint, daysAgo: [100, 10], targets: [] }],
  options: ["--selector", "s1"],
  finds: { KeyChanged: "s1._domainkey.key-changed.example" },
  severities: { KeyChanged: "medium" },
  on: "file",
} satisfies LabCase;
