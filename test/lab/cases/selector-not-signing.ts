import type { LabCase } from "../case.ts";
import { second } from "../keys.ts";
import { message } from "../mail.ts";

const domain = "selector-not-signing.example";

export default {
  shows: "an alias that leads to a key, and a provider that signs with another selector",
  records: `s1._domainkey CNAME s1.dkim.esp.example.
other._domainkey ${second.txt}
`,
  options: ["--selector", "s1", "--mail", "{dir}/mail.eml"],
  files: async () => ({
    "mail.eml": message({ from: `news@${domain}`, signatures: [{ key: second, domain, selector: "other" }] }),
  }),
  finds: { SelectorNotSigning: `s1._domainkey.${domain}` },
} satisfies LabCase;
