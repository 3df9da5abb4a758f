import type { LabCase } from "../case.ts";
import { first } from "../keys.ts";
import { message } from "../mail.ts";

const domain = "body-length-used.example";

export default {
  shows: "a signature with l=, and a body that goes on behind it",
  records: `s1._domainkey ${first.txt}\n`,
  options: ["--mail", "{dir}/mail.eml"],
  files: async () => ({
    "mail.eml": message({
      from: `news@${domain}`,
      body: "Hello.\r\nAnd what somebody added.\r\n",
      signatures: [{ key: first, domain, selector: "s1", tags: "l=8;", bodyOctets: 8 }],
    }),
  }),
  finds: { BodyLengthUsed: [] },
  besides: ["NotAligned", "SpfOnlyAlignment", "SelectorNotSigning"],
} satisfies LabCase;
