import type { LabCase } from "../case.ts";
import { first } from "../keys.ts";

export default {
  shows: "an MTA-STS record, and no host that could give the policy",
  records: `s1._domainkey ${first.txt}
_mta-sts TXT "v=STSv1; id=1"
`,
  options: ["--selector", "s1"],
  finds: { MtaStsPolicyBroken: [] },
  on: "network",
} satisfies LabCase;
