import type { LabCase } from "../case.ts";
import { first } from "../keys.ts";

export default {
  shows: "a form that adds the domain was given the whole name",
  records: `s1._domainkey.wrong-host-doubled.example ${first.txt}\n`,
  options: ["--selector", "s1"],
  finds: { WrongHost: "s1._domainkey.wrong-host-doubled.example" },
} satisfies LabCase;
