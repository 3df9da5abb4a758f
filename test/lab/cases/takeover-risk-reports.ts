import type { LabCase } from "../case.ts";
import { first } from "../keys.ts";

export default {
  shows: "DMARC reports that go to a domain which nobody has registered any more",
  bare: true,
  records: `s1._domainkey ${first.txt}
@ MX 10 mail
mail A 192.0.2.25
@ TXT "v=spf1 mx -all"
_dmarc TXT "v=DMARC1; p=reject; rua=mailto:in@reports.gone-service.example"
`,
  options: ["--selector", "s1"],
  finds: { TakeoverRisk: ["reports.gone-service.example"] },
  not: ["ReportsUnauthorised"],
} satisfies LabCase;
