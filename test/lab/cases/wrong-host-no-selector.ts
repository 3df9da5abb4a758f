import type { LabCase } from "../case.ts";
import { first } from "../keys.ts";

export default {
  shows: "the record stands at _domainkey itself, its selector forgotten",
  records: `_domainkey ${first.txt}\n`,
  options: ["--selector", "s1"],
  finds: { WrongHost: "s1._domainkey.wrong-host-no-selector.example" },
} satisfies LabCase;
