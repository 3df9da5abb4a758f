import type { LabCase } from "../case.ts";
import { first } from "../keys.ts";

export default {
  shows: "an SPF record that includes a name without one",
  bare: true,
  records: `s1._domainkey ${first.txt}
@ MX 10 mail
mail A 192.0.2.25
@ TXT "v=spf1 mx include:none.esp.example -all"
_dmarc TXT "v=DMARC1; p=reject; rua=mailto:dmarc@spf-include-broken.example"
`,
  options: ["--selector", "s1"],
  finds: { SpfIncludeBroken: [] },
} satisfies LabCase;
