import type { LabCase } from "../case.ts";
import { first, quoted } from "../keys.ts";

export default {
  shows: "a key that says it is a test",
  records: `s1._domainkey TXT ${quoted(first.record.replace("k=rsa", "k=rsa; t=y"))}\n`,
  options: ["--selector", "s1"],
  finds: { KeyTesting: "s1._domainkey.key-testing.example" },
} satisfies LabCase;
