import type { LabCase } from "../case.ts";
import { first } from "../keys.ts";

export default {
  shows: "two DMARC records",
  bare: true,
  records: `s1._domainkey ${first.txt}
@ MX 10 mail
mail A 192.0.2.25
@ TXT "v=spf1 mx -all"
_dmarc TXT "v=DMARC1; p=reject; rua=mailto:dmarc@dmarc-multiple.example"
_dmarc TXT "v=DMARC1; p=none"
`,
  options: ["--selector", "s1"],
  finds: { DmarcMultiple: [] },
} satisfies LabCase;
