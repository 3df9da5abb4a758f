import type { LabCase } from "../case.ts";
import { first } from "../keys.ts";

export default {
  shows: "an SPF record with a syntax error",
  bare: true,
  records: `s1._domainkey ${first.txt}
@ MX 10 mail
mail A 192.0.2.25
@ TXT "v=spf1 mx ipv4:192.0.2.1 -all"
_dmarc TXT "v=DMARC1; p=reject; rua=mailto:dmarc@spf-malformed.example"
`,
  options: ["--selector", "s1"],
  finds: { SpfMalformed: [] },
} satisfies LabCase;
