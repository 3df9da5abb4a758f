import type { LabCase } from "../case.ts";
import { first } from "../keys.ts";

export default {
  shows: "_domainkey is misspelt",
  records: `s1._domainkeys ${first.txt}\n`,
  options: ["--selector", "s1"],
  finds: { WrongHost: "s1._domainkey.wrong-host-misspelt.example" },
} satisfies LabCase;
