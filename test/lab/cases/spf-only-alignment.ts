import type { LabCase } from "../case.ts";
import { first } from "../keys.ts";
import { report } from "../report.ts";

const domain = "spf-only-alignment.example";

export default {
  shows: "reports in which DMARC passes through SPF alone",
  records: `s1._domainkey ${first.txt}\n`,
  options: ["--report", "{dir}/report.xml"],
  files: async () => ({
    "report.xml": report(domain, [
      { count: 40, dkimAligned: false, spfAligned: true, spfDomain: domain },
      {
        count: 40,
        sourceIp: "192.0.2.26",
        dkimAligned: true,
        spfAligned: true,
        spfDomain: domain,
        signatures: [{ domain, selector: "s1", result: "pass" }],
      },
    ]),
  }),
  finds: { SpfOnlyAlignment: [] },
  besides: ["NotAligned"],
} satisfies LabCase;
