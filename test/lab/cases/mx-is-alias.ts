import type { LabCase } from "../case.ts";
import { first } from "../keys.ts";

export default {
  shows: "a mail exchanger that is an alias",
  bare: true,
  records: `s1._domainkey ${first.txt}
@ MX 10 mail
mail CNAME real
real A 192.0.2.25
@ TXT "v=spf1 mx -all"
_dmarc TXT "v=DMARC1; p=reject; rua=mailto:dmarc@mx-is-alias.example"
`,
  options: ["--selector", "s1"],
  finds: { MxIsAlias: [] },
} satisfies LabCase;
