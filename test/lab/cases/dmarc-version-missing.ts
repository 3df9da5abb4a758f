import type { LabCase } from "../case.ts";
import { first } from "../keys.ts";

export default {
  shows: "a DMARC record without its version, which was meant as one, and no key record at a wrong name either",
  bare: true,
  records: `s1._domainkey ${first.txt}
@ MX 10 mail
mail A 192.0.2.25
@ TXT "v=spf1 mx -all"
_dmarc TXT "p=reject; rua=mailto:dmarc@dmarc-version-missing.example"
`,
  options: ["--selector", "s1"],
  finds: { DmarcMalformed: [] },
  not: ["WrongHost"],
} satisfies LabCase;
