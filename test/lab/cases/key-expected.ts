import type { LabCase } from "../case.ts";
import { first } from "../keys.ts";

export default {
  shows: "the key that is expected",
  records: `s1._domainkey ${first.txt}\n`,
  options: ["--expect", "s1={dir}/key.txt"],
  files: async () => ({ "key.txt": `${first.record}\n` }),
  finds: {},
} satisfies LabCase;
