import type { LabCase } from "../case.ts";
import { first } from "../keys.ts";

export default {
  shows: "a provider that is not used any more: its key is gone, the alias has stayed",
  records: `own._domainkey ${first.txt}
s1._domainkey CNAME s1.domainkey.u9.wl001.sendgrid.net.
`,
  options: ["--selector", "own", "--selector", "s1", "--retired", "sendgrid"],
  finds: { RetiredProviderSelector: [] },
  not: ["ProviderCanStillSign"],
} satisfies LabCase;
