import type { LabCase } from "../case.ts";
import { first } from "../keys.ts";

export default {
  shows: "a mail exchanger without address",
  bare: true,
  records: `s1._domainkey ${first.txt}
@ MX 10 gone
@ TXT "v=spf1 mx -all"
_dmarc TXT "v=DMARC1; p=reject; rua=mailto:dmarc@mx-unresolvable.example"
`,
  options: ["--selector", "s1"],
  finds: { MxUnresolvable: [] },
} satisfies LabCase;
