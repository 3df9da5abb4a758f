import type { LabCase } from "../case.ts";
import { first, quoted } from "../keys.ts";

export default {
  shows: "a key that may be used with SHA-1 alone",
  records: `s1._domainkey TXT ${quoted(first.record.replace("k=rsa", "h=sha1; k=rsa"))}\n`,
  options: ["--selector", "s1"],
  finds: { KeyUnusable: "s1._domainkey.key-unusable.example" },
} satisfies LabCase;
