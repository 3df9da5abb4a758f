import type { LabCase } from "../case.ts";
import { first } from "../keys.ts";

export default {
  shows: "an alias beside a key at one name, which sound servers do not load",
  records: `s1._domainkey CNAME s1.dkim.esp.example.
s1._domainkey ${first.txt}
`,
  served: { "conflicting-records.example": "lies" },
  options: ["--selector", "s1"],
  finds: { ConflictingRecords: "s1._domainkey.conflicting-records.example" },
} satisfies LabCase;
