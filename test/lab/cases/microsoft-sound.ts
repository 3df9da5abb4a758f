import type { LabCase } from "../case.ts";

const target = (selector: string): string =>
  `${selector}._domainkey CNAME ${selector}-microsoft-sound-example._domainkey.contoso.onmicrosoft.com.`;

export default {
  shows: "both selectors of Microsoft 365",
  records: `${target("selector1")}\n${target("selector2")}\n`,
  finds: {},
} satisfies LabCase;
