import type { LabCase } from "../case.ts";
import { first } from "../keys.ts";

export default {
  shows: "a provider that is not used any more, and whose alias still leads to a sound key",
  records: `own._domainkey ${first.txt}
s1._domainkey CNAME s1.domainkey.u1.wl001.sendgrid.net.
`,
  options: ["--selector", "own", "--selector", "s1", "--retired", "sendgrid"],
  finds: { ProviderCanStillSign: [] },
  besides: ["CnameMissing"],
} satisfies LabCase;
