import type { LabCase } from "../case.ts";
import { first, second } from "../keys.ts";

export default {
  shows: "a sound key that is not the one expected",
  records: `s1._domainkey ${first.txt}\n`,
  options: ["--expect", "s1={dir}/key.txt"],
  files: async () => ({ "key.txt": `${second.record}\n` }),
  finds: { KeyMismatch: "s1._domainkey.key-mismatch.example" },
} satisfies LabCase;
