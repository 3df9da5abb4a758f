import type { LabCase } from "../case.ts";

export default {
  shows: "two selectors that lead to a provider's keys",
  records: `s1._domainkey CNAME s1.dkim.esp.example.
s2._domainkey CNAME s2.dkim.esp.example.
`,
  options: ["--selector", "s1", "--selector", "s2"],
  finds: {},
} satisfies LabCase;
