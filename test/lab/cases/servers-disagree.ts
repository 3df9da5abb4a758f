import type { LabCase } from "../case.ts";
import { first, second } from "../keys.ts";

export default {
  shows: "one authoritative server still has the key of before",
  records: `s1._domainkey ${first.txt}\n`,
  second: { "servers-disagree.example": `s1._domainkey ${second.txt}\n` },
  options: ["--selector", "s1"],
  finds: { ResolversDisagree: "s1._domainkey.servers-disagree.example" },
  besides: ["SerialsDiffer"],
  on: "network",
} satisfies LabCase;
