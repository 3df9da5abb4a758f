import type { LabCase } from "../case.ts";
import { first } from "../keys.ts";

const aliases = 9;

export default {
  shows: "nine aliases",
  records: `s1._domainkey CNAME a1
${Array.from({ length: aliases - 1 }, (_, step) => `a${step + 1} CNAME a${step + 2}\n`).join("")}a${aliases} ${first.txt}
`,
  options: ["--selector", "s1"],
  finds: { AliasChainTooLong: "s1._domainkey.alias-chain-9.example" },
  severities: { AliasChainTooLong: "high" },
} satisfies LabCase;
