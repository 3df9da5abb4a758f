import type { LabCase } from "../case.ts";
import { first } from "../keys.ts";

const aliases = 3;

export default {
  shows: "three aliases, which is no fault",
  records: `s1._domainkey CNAME a1
${Array.from({ length: aliases - 1 }, (_, step) => `a${step + 1} CNAME a${step + 2}\n`).join("")}a${aliases} ${first.txt}
`,
  options: ["--selector", "s1"],
  finds: {},
} satisfies LabCase;
