import type { LabCase } from "../case.ts";
import { first, second } from "../keys.ts";
import { report } from "../report.ts";

const domain = "stale-selector.example";
const row = (selector: string) => ({
  dkimAligned: true,
  spfAligned: true,
  spfDomain: domain,
  signatures: [{ domain, selector, result: "pass" as const }],
});

export default {
  shows: "a selector that reports showed half a year ago and never since",
  records: `s1._domainkey ${first.txt}
old._domainkey ${second.txt}
`,
  options: ["--report", "{dir}/then.xml", "--report", "{dir}/now.xml"],
  files: async () => ({
    "then.xml": report(domain, [row("old")], 180),
    "now.xml": report(domain, [row("s1")], 1),
  }),
  finds: { StaleSelector: `old._domainkey.${domain}` },
  besides: ["SelectorNotSigning"],
} satisfies LabCase;
