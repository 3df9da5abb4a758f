import type { LabCase } from "../case.ts";
import { first } from "../keys.ts";

export default {
  shows: "a policy without an address for reports",
  bare: true,
  records: `s1._domainkey ${first.txt}
@ MX 10 mail
mail A 192.0.2.25
@ TXT "v=spf1 mx -all"
_dmarc TXT "v=DMARC1; p=reject"
`,
  options: ["--selector", "s1"],
  finds: { DmarcWithoutReports: [] },
} satisfies LabCase;
