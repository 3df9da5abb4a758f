import type { LabCase } from "../case.ts";
import { bits512 } from "../keys.ts";

export default {
  shows: "a key of 512 bits, which anybody can break",
  records: `s1._domainkey ${bits512.txt}\n`,
  options: ["--selector", "s1"],
  finds: { KeyWeak: "s1._domainkey.key-weak.example" },
  severities: { KeyWeak: "critical" },
} satisfies LabCase;
