import type { LabCase } from "../case.ts";
import { first } from "../keys.ts";

export default {
  shows: "a null MX beside an exchanger",
  bare: true,
  records: `s1._domainkey ${first.txt}
@ MX 0 .
@ MX 10 mail
mail A 192.0.2.25
@ TXT "v=spf1 mx -all"
_dmarc TXT "v=DMARC1; p=reject; rua=mailto:dmarc@null-mx-mixed.example"
`,
  options: ["--selector", "s1"],
  finds: { NullMxMixed: [] },
} satisfies LabCase;
