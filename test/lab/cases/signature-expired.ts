import type { LabCase } from "../case.ts";
import { first } from "../keys.ts";
import { message, writtenAt } from "../mail.ts";

const domain = "signature-expired.example";

export default {
  shows: "a signature that expired before its message was received",
  records: `s1._domainkey ${first.txt}\n`,
  options: ["--mail", "{dir}/mail.eml"],
  files: async () => ({
    "mail.eml": message({
      from: `news@${domain}`,
      receivedAt: writtenAt + 7200,
      signatures: [{ key: first, domain, selector: "s1", tags: `t=${writtenAt}; x=${writtenAt + 3600};` }],
    }),
  }),
  finds: { SignatureExpired: [] },
  besides: ["NotAligned", "SpfOnlyAlignment", "SelectorNotSigning"],
} satisfies LabCase;
