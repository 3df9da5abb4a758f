import type { LabCase } from "../case.ts";
import { first } from "../keys.ts";

export default {
  shows: "an SPF record that asks for eleven look-ups",
  bare: true,
  records: `s1._domainkey ${first.txt}
@ MX 10 mail
mail A 192.0.2.25
@ TXT "v=spf1 a:a1.esp.example a:a2.esp.example a:a3.esp.example a:a4.esp.example a:a5.esp.example a:a6.esp.example a:a7.esp.example a:a8.esp.example a:a9.esp.example a:a10.esp.example mx -all"
_dmarc TXT "v=DMARC1; p=reject; rua=mailto:dmarc@spf-too-many-lookups.example"
`,
  options: ["--selector", "s1"],
  finds: { SpfTooManyLookups: [] },
} satisfies LabCase;
