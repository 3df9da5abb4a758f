import type { LabCase } from "../case.ts";
import { first } from "../keys.ts";

export default {
  shows: "a subdomain that is an organization of its own (psd=n), which receivers of the old standard do not see",
  audited: "shop",
  bare: true,
  records: `@ TXT "v=spf1 -all"
_dmarc TXT "v=DMARC1; p=reject; rua=mailto:dmarc@policy-walk-differs.example"
s1._domainkey.shop ${first.txt}
shop MX 10 mail
shop TXT "v=spf1 mx -all"
mail A 192.0.2.25
_dmarc.shop TXT "v=DMARC1; p=reject; psd=n; rua=mailto:dmarc@shop.policy-walk-differs.example"
`,
  options: ["--selector", "s1"],
  finds: { PolicyWalkDiffers: [] },
} satisfies LabCase;
