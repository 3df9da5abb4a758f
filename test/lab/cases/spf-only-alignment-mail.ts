import type { LabCase } from "../case.ts";
import { another } from "../keys.ts";
import { message } from "../mail.ts";

export default {
  shows: "mail that passes DMARC through SPF alone, its signature being the provider's",
  records: "",
  options: ["--mail", "{dir}/mail.eml"],
  files: async () => ({
    "mail.eml": message({
      from: "news@spf-only-alignment-mail.example",
      signatures: [{ key: another, domain: "esp.example", selector: "own" }],
    }),
  }),
  finds: { SpfOnlyAlignment: [] },
  besides: ["NotAligned"],
} satisfies LabCase;
