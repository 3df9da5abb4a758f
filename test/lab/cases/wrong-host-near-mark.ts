import type { LabCase } from "../case.ts";
import { first } from "../keys.ts";

export default {
  shows: "the selector published has a hyphen that the one in use has not",
  records: `s-1._domainkey ${first.txt}\n`,
  options: ["--selector", "s1"],
  finds: { WrongHost: "s1._domainkey.wrong-host-near-mark.example" },
} satisfies LabCase;
