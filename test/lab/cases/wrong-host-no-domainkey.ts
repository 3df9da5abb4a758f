import type { LabCase } from "../case.ts";
import { first } from "../keys.ts";

export default {
  shows: "the record stands without its _domainkey label",
  records: `s1 ${first.txt}\n`,
  options: ["--selector", "s1"],
  finds: { WrongHost: "s1._domainkey.wrong-host-no-domainkey.example" },
} satisfies LabCase;
