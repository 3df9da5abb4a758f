import type { LabCase } from "../case.ts";
import { first } from "../keys.ts";
import { message } from "../mail.ts";

const domain = "sha1-used.example";

export default {
  shows: "a signature with SHA-1",
  records: `s1._domainkey ${first.txt}\n`,
  options: ["--mail", "{dir}/mail.eml"],
  files: async () => ({
    "mail.eml": message({
      from: `news@${domain}`,

      signatures: [{ key: first, domain, selector: "s1", hash: "sha1" }],
    }),
  }),
  finds: { Sha1Used: [] },
  besides: ["NotAligned", "SpfOnlyAlignment", "SelectorNotSigning"],
} satisfies LabCase;
