import type { LabCase } from "../case.ts";
import { first } from "../keys.ts";

export default {
  shows: "a provider that is not used any more, and of which nothing is left",
  records: `own._domainkey ${first.txt}\n`,
  options: ["--selector", "own", "--retired", "sendgrid"],
  finds: {},
} satisfies LabCase;
