import type { LabCase } from "../case.ts";
import { first, quoted } from "../keys.ts";

export default {
  shows: "a key record without its version",
  records: `s1._domainkey TXT ${quoted(first.record.replace("v=DKIM1; ", ""))}\n`,
  options: ["--selector", "s1"],
  finds: { KeyUnusual: "s1._domainkey.key-unusual.example" },
} satisfies LabCase;
