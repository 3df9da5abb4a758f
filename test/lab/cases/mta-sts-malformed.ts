import type { LabCase } from "../case.ts";
import { first } from "../keys.ts";

export default {
  shows: "two MTA-STS records",
  bare: true,
  records: `s1._domainkey ${first.txt}
@ MX 10 mail
mail A 192.0.2.25
@ TXT "v=spf1 mx -all"
_dmarc TXT "v=DMARC1; p=reject; rua=mailto:dmarc@mta-sts-malformed.example"
_mta-sts TXT "v=STSv1; id=1"
_mta-sts TXT "v=STSv1; id=2"
`,
  options: ["--selector", "s1"],
  finds: { MtaStsMalformed: [] },
} satisfies LabCase;
