import type { LabCase } from "../case.ts";
import { ofProvider } from "../keys.ts";

export default {
  shows: "a chain with one alias more than at the last look",
  records: `s1._domainkey CNAME via
via CNAME s1.dkim.esp.example.
`,
  history: [{ fingerprint: ofProvider.fingerprint, daysAgo: [100, 10], targets: ["s1.dkim.esp.example"] }],
  options: ["--selector", "s1"],
  finds: { ChainChanged: "s1._domainkey.chain-changed.example" },
  on: "file",
} satisfies LabCase;
