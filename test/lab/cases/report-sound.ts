import type { LabCase } from "../case.ts";
import { first } from "../keys.ts";
import { report } from "../report.ts";

const domain = "report-sound.example";

export default {
  shows: "reports in which DMARC passes through DKIM and SPF",
  records: `s1._domainkey ${first.txt}\n`,
  options: ["--report", "{dir}/report.xml"],
  files: async () => ({
    "report.xml": report(domain, [
      {
        dkimAligned: true,
        spfAligned: true,
        spfDomain: domain,
        signatures: [{ domain, selector: "s1", result: "pass" }],
      },
    ]),
  }),
  finds: {},
} satisfies LabCase;
