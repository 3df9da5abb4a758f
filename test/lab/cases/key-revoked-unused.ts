import type { LabCase } from "../case.ts";
import { first } from "../keys.ts";

export default {
  shows: "a selector that nobody uses any more is revoked, as it should be",
  records: `s1._domainkey ${first.txt}
old._domainkey TXT "v=DKIM1; p="
`,
  options: ["--selector", "s1"],
  finds: { KeyRevoked: "old._domainkey.key-revoked-unused.example" },
  severities: { KeyRevoked: "low" },
  on: "file",
} satisfies LabCase;
