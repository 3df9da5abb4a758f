import type { LabCase } from "../case.ts";
import { first } from "../keys.ts";

export default {
  shows: "an SPF record with ptr",
  bare: true,
  records: `s1._domainkey ${first.txt}
@ MX 10 mail
mail A 192.0.2.25
@ TXT "v=spf1 mx ptr -all"
_dmarc TXT "v=DMARC1; p=reject; rua=mailto:dmarc@spf-uses-ptr.example"
`,
  options: ["--selector", "s1"],
  finds: { SpfUsesPtr: [] },
} satisfies LabCase;
