import type { LabCase } from "../case.ts";

export default {
  shows: "a provider with one key for all of its customers: something to know, and no fault",
  records: "k2._domainkey CNAME dkim2.mcsv.net.\nk3._domainkey CNAME dkim3.mcsv.net.\n",
  options: ["--selector", "k2", "--selector", "k3"],
  finds: { SharedKey: [] },
  severities: { SharedKey: "info" },
} satisfies LabCase;
