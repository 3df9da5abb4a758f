import type { LabCase } from "../case.ts";
import { first } from "../keys.ts";

export default {
  shows: "a DMARC record whose policy cannot be read",
  bare: true,
  records: `s1._domainkey ${first.txt}
@ MX 10 mail
mail A 192.0.2.25
@ TXT "v=spf1 mx -all"
_dmarc TXT "v=DMARC1; p=rejected; rua=mailto:dmarc@dmarc-malformed.example"
`,
  options: ["--selector", "s1"],
  finds: { DmarcMalformed: [] },
} satisfies LabCase;
