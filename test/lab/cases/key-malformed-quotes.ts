import type { LabCase } from "../case.ts";
import { first, quoted } from "../keys.ts";

export default {
  shows: "a key pasted with its quotes",
  records: `s1._domainkey TXT ${quoted(`"${first.record}"`)}\n`,
  options: ["--selector", "s1"],
  finds: { KeyMalformed: "s1._domainkey.key-malformed-quotes.example" },
} satisfies LabCase;
