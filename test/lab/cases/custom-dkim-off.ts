import type { LabCase } from "../case.ts";

export default {
  shows: "a domain at Microsoft 365 that nobody has told to sign as it",
  records: "",
  options: ["--microsoft365", "{dir}/config.json"],
  files: async () => ({
    "config.json": JSON.stringify({
      Domain: "custom-dkim-off.example",
      Enabled: false,
      Status: "CnameMissing",
      Selector1CNAME: "selector1-custom-dkim-off-example._domainkey.contoso.n-v1.dkim.mail.microsoft",
      Selector2CNAME: "selector2-custom-dkim-off-example._domainkey.contoso.n-v1.dkim.mail.microsoft",
    }),
  }),
  finds: { CustomDkimOff: [] },
  besides: ["CnameMissing"],
} satisfies LabCase;
