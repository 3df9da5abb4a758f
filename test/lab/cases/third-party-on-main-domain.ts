import type { LabCase } from "../case.ts";
import { ofProvider } from "../keys.ts";
import { bulkFields, bulkSigned, message } from "../mail.ts";

const domain = "third-party-on-main-domain.example";

export default {
  shows: "campaigns of a provider From the organizational domain itself",
  records:
    "s1._domainkey CNAME s1.domainkey.u1.wl001.sendgrid.net.\ns2._domainkey CNAME s2.domainkey.u1.wl001.sendgrid.net.\n",
  options: ["--mail", "{dir}/mail.eml"],
  files: async () => ({
    "mail.eml": message({
      from: `news@${domain}`,
      fields: bulkFields,
      signatures: [{ key: ofProvider, domain, selector: "s1", fields: bulkSigned }],
    }),
  }),
  finds: { ThirdPartyOnMainDomain: domain },
} satisfies LabCase;
