import type { LabCase } from "../case.ts";
import { ofProvider } from "../keys.ts";

export default {
  shows: "the key of a provider whose other selector is an alias, copied as a text",
  records: `s1._domainkey ${ofProvider.txt}
s2._domainkey CNAME s2.domainkey.u1.wl001.sendgrid.net.
`,
  options: ["--selector", "s1", "--selector", "s2"],
  finds: { Flattened: "s1._domainkey.flattened.example" },
} satisfies LabCase;
