import type { LabCase } from "../case.ts";
import { first } from "../keys.ts";

export default {
  shows: "a key cut at 255 octets by a form that takes one string",
  records: `s1._domainkey TXT "${first.record.slice(0, 255)}"\n`,
  options: ["--selector", "s1"],
  finds: { KeyMalformed: "s1._domainkey.key-malformed-cut.example" },
} satisfies LabCase;
