import type { LabCase } from "../case.ts";
import { another, ofProvider } from "../keys.ts";
import { report } from "../report.ts";

const domain = "many-senders-one-domain.example";
const services = ["one", "two", "three", "four"];

export default {
  shows: "four services that sign as one domain",
  records: services.map((name) => `${name}._domainkey CNAME key.${name}-service.test.\n`).join(""),
  others: Object.fromEntries(
    services.map((name, index) => [`${name}-service.test`, `key ${(index === 0 ? another : ofProvider).txt}\n`]),
  ),
  options: ["--report", "{dir}/report.xml"],
  files: async () => ({
    "report.xml": report(
      domain,
      services.map((selector) => ({
        dkimAligned: true,
        spfAligned: true,
        spfDomain: domain,
        signatures: [{ domain, selector, result: "pass" as const }],
      })),
    ),
  }),
  finds: { ManySendersOneDomain: domain },
} satisfies LabCase;
