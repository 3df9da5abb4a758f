import type { LabCase } from "../case.ts";

export default {
  shows: "a domain that sends, asks to reject what fails, and has no key at all",
  bare: true,
  records: `@ MX 10 mail
mail A 192.0.2.25
@ TXT "v=spf1 mx -all"
_dmarc TXT "v=DMARC1; p=reject; rua=mailto:dmarc@dmarc-reject-without-dkim.example"
`,
  finds: { DmarcRejectWithoutDkim: [] },
} satisfies LabCase;
