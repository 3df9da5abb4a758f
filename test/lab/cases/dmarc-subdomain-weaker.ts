import type { LabCase } from "../case.ts";
import { first } from "../keys.ts";

export default {
  shows: "subdomains have a weaker policy",
  bare: true,
  records: `s1._domainkey ${first.txt}
@ MX 10 mail
mail A 192.0.2.25
@ TXT "v=spf1 mx -all"
_dmarc TXT "v=DMARC1; p=reject; sp=none; rua=mailto:dmarc@dmarc-subdomain-weaker.example"
`,
  options: ["--selector", "s1"],
  finds: { DmarcSubdomainWeaker: [] },
} satisfies LabCase;
