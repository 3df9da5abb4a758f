import type { LabCase } from "../case.ts";
import { first } from "../keys.ts";

export default {
  shows: "selector and _domainkey are swapped",
  records: `_domainkey.s1 ${first.txt}\n`,
  options: ["--selector", "s1"],
  finds: { WrongHost: "s1._domainkey.wrong-host-swapped.example" },
} satisfies LabCase;
