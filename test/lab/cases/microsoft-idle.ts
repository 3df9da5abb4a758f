import type { LabCase } from "../case.ts";

const target = (selector: string): string =>
  `${selector}._domainkey CNAME ${selector}-microsoft-idle-example._domainkey.contoso.onmicrosoft.com.`;

export default {
  shows: "Microsoft's second selector has no key until it takes over",
  records: `${target("selector1")}\n${target("selector2")}\n`,
  finds: {},
  not: ["TargetMissing"],
} satisfies LabCase;
