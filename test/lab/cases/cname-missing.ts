import type { LabCase } from "../case.ts";

export default {
  shows: "one of Microsoft's two aliases was forgotten",
  records: "selector1._domainkey CNAME selector1-cname-missing-example._domainkey.contoso.onmicrosoft.com.\n",
  finds: { CnameMissing: "selector2._domainkey.cname-missing.example" },
} satisfies LabCase;
