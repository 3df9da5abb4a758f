import type { LabCase } from "../case.ts";
import { first } from "../keys.ts";

export default {
  shows: "one of the two listed name servers does not know the zone",
  records: `s1._domainkey ${first.txt}\n`,
  served: { "lame-delegation.example": "nsd" },
  options: ["--selector", "s1"],
  finds: { LameDelegation: [] },
  on: "network",
} satisfies LabCase;
