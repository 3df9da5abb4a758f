import type { LabCase } from "../case.ts";
import { first } from "../keys.ts";

export default {
  shows: "a form put a hyphen for the underscore",
  records: `s1.-domainkey ${first.txt}\n`,
  options: ["--selector", "s1"],
  finds: { WrongHost: "s1._domainkey.wrong-host-hyphen.example" },
} satisfies LabCase;
