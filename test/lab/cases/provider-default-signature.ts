import type { LabCase } from "../case.ts";
import { ofProvider } from "../keys.ts";
import { message } from "../mail.ts";

export default {
  shows: "mail that carries the default signature of Microsoft 365 alone",
  records: "",
  options: ["--mail", "{dir}/mail.eml"],
  files: async () => ({
    "mail.eml": message({
      from: "someone@provider-default-signature.example",
      envelope: "contoso.onmicrosoft.com",
      signatures: [
        { key: ofProvider, domain: "contoso.onmicrosoft.com", selector: "selector1-contoso-onmicrosoft-com" },
      ],
    }),
  }),
  finds: { NotAligned: [] },
  besides: ["SpfOnlyAlignment"],
} satisfies LabCase;
