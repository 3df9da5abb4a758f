import type { LabCase } from "../case.ts";
import { first } from "../keys.ts";

export default {
  shows: "no DMARC record",
  bare: true,
  records: `s1._domainkey ${first.txt}
@ MX 10 mail
mail A 192.0.2.25
@ TXT "v=spf1 mx -all"
`,
  options: ["--selector", "s1"],
  finds: { DmarcMissing: [] },
} satisfies LabCase;
