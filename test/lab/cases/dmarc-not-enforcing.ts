import type { LabCase } from "../case.ts";
import { first } from "../keys.ts";

export default {
  shows: "a policy that asks for nothing",
  bare: true,
  records: `s1._domainkey ${first.txt}
@ MX 10 mail
mail A 192.0.2.25
@ TXT "v=spf1 mx -all"
_dmarc TXT "v=DMARC1; p=none; rua=mailto:dmarc@dmarc-not-enforcing.example"
`,
  options: ["--selector", "s1"],
  finds: { DmarcNotEnforcing: [] },
} satisfies LabCase;
