import type { LabCase } from "../case.ts";
import { first } from "../keys.ts";

export default {
  shows: "a selector in use that was never published, beside one that was",
  records: `s2._domainkey ${first.txt}\n`,
  options: ["--selector", "news"],
  finds: { NoKeyRecord: "news._domainkey.no-key-record.example" },
} satisfies LabCase;
