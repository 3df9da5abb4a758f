import type { LabCase } from "../case.ts";
import { first } from "../keys.ts";

export default {
  shows: "an SPF record that includes a domain which nobody has registered any more",
  bare: true,
  records: `s1._domainkey ${first.txt}
@ MX 10 mail
mail A 192.0.2.25
@ TXT "v=spf1 mx include:_spf.gone-service.example -all"
_dmarc TXT "v=DMARC1; p=reject; rua=mailto:dmarc@takeover-risk-spf.example"
`,
  options: ["--selector", "s1"],
  finds: { TakeoverRisk: ["_spf.gone-service.example"] },
  not: ["SpfIncludeBroken"],
} satisfies LabCase;
