import type { LabCase } from "../case.ts";
import { first } from "../keys.ts";
import { message } from "../mail.ts";

const domain = "no-key-record-in-mail.example";

export default {
  shows: "mail signed with a selector that is not published",
  records: "",
  options: ["--mail", "{dir}/mail.eml"],
  files: async () => ({
    "mail.eml": message({
      from: `news@${domain}`,
      envelope: "esp.example",
      signatures: [{ key: first, domain, selector: "gone" }],
    }),
  }),
  finds: { NoKeyRecord: `gone._domainkey.${domain}` },
  besides: ["NotAligned", "SpfOnlyAlignment"],
} satisfies LabCase;
