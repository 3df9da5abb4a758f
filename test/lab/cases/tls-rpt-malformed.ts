import type { LabCase } from "../case.ts";
import { first } from "../keys.ts";

export default {
  shows: "a TLS-RPT record without its version",
  bare: true,
  records: `s1._domainkey ${first.txt}
@ MX 10 mail
mail A 192.0.2.25
@ TXT "v=spf1 mx -all"
_dmarc TXT "v=DMARC1; p=reject; rua=mailto:dmarc@tls-rpt-malformed.example"
_smtp._tls TXT "v=TLSRPTv2; rua=mailto:tls@tls-rpt-malformed.example"
`,
  options: ["--selector", "s1"],
  finds: { TlsRptMalformed: [] },
} satisfies LabCase;
