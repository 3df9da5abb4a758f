import type { LabCase } from "../case.ts";
import { first } from "../keys.ts";

export default {
  shows: "no SPF record",
  bare: true,
  records: `s1._domainkey ${first.txt}
@ MX 10 mail
mail A 192.0.2.25
_dmarc TXT "v=DMARC1; p=reject; rua=mailto:dmarc@spf-missing.example"
`,
  options: ["--selector", "s1"],
  finds: { SpfMissing: [] },
} satisfies LabCase;
