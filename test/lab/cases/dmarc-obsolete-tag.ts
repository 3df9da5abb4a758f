import type { LabCase } from "../case.ts";
import { first } from "../keys.ts";

export default {
  shows: "a tag that RFC 9989 took away",
  bare: true,
  records: `s1._domainkey ${first.txt}
@ MX 10 mail
mail A 192.0.2.25
@ TXT "v=spf1 mx -all"
_dmarc TXT "v=DMARC1; p=reject; pct=50; rua=mailto:dmarc@dmarc-obsolete-tag.example"
`,
  options: ["--selector", "s1"],
  finds: { DmarcObsoleteTag: [] },
} satisfies LabCase;
