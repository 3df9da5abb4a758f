import type { LabCase } from "../case.ts";

export default {
  shows: "a parked domain that says so: null MX, empty SPF, reject, revoked keys",
  bare: true,
  records: `@ MX 0 .
@ TXT "v=spf1 -all"
_dmarc TXT "v=DMARC1; p=reject"
*._domainkey TXT "v=DKIM1; p="
`,
  finds: {},
  not: ["ParkedUnprotected"],
  besides: ["KeyRevoked"],
} satisfies LabCase;
