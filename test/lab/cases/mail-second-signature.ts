import type { LabCase } from "../case.ts";
import { another, first } from "../keys.ts";
import { message } from "../mail.ts";

const domain = "mail-second-signature.example";

export default {
  shows: "an aligned signature that passes, and a provider's own beside it: no fault",
  records: `s1._domainkey ${first.txt}\n`,
  options: ["--mail", "{dir}/mail.eml"],
  files: async () => ({
    "mail.eml": message({
      from: `news@${domain}`,
      signatures: [
        { key: another, domain: "esp.example", selector: "own" },
        { key: first, domain, selector: "s1" },
      ],
    }),
  }),
  finds: {},
  not: ["CustomDkimOff"],
} satisfies LabCase;
