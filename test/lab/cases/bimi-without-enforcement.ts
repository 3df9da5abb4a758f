import type { LabCase } from "../case.ts";
import { first } from "../keys.ts";

export default {
  shows: "a logo, and a policy that asks for nothing",
  bare: true,
  records: `s1._domainkey ${first.txt}
@ MX 10 mail
mail A 192.0.2.25
@ TXT "v=spf1 mx -all"
_dmarc TXT "v=DMARC1; p=none; rua=mailto:dmarc@bimi-without-enforcement.example"
default._bimi TXT "v=BIMI1; l=https://www.bimi-without-enforcement.example/logo.svg"
`,
  options: ["--selector", "s1"],
  finds: { DmarcNotEnforcing: [], BimiWithoutEnforcement: [] },
} satisfies LabCase;
