import type { LabCase } from "../case.ts";

export default {
  shows: "the key of a selector in use is revoked",
  records: 's1._domainkey TXT "v=DKIM1; p="\n',
  options: ["--selector", "s1"],
  finds: { KeyRevoked: "s1._domainkey.key-revoked.example" },
  severities: { KeyRevoked: "high" },
} satisfies LabCase;
