import type { LabCase } from "../case.ts";
import { first, quoted } from "../keys.ts";

export default {
  shows: "a key record with notes that make it larger than a datagram",
  records: `s1._domainkey TXT ${quoted(first.record.replace("; p=", `; n=${"a note ".repeat(160)}; p=`))}\n`,
  options: ["--selector", "s1"],
  finds: { AnswerTooLarge: "s1._domainkey.answer-too-large.example" },
  on: "network",
} satisfies LabCase;
