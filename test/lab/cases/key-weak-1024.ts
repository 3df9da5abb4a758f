import type { LabCase } from "../case.ts";
import { bits1024 } from "../keys.ts";

export default {
  shows: "a key of 1024 bits",
  records: `s1._domainkey ${bits1024.txt}\n`,
  options: ["--selector", "s1"],
  finds: { KeyWeak: "s1._domainkey.key-weak-1024.example" },
  severities: { KeyWeak: "low" },
} satisfies LabCase;
