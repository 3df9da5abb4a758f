import type { LabCase } from "../case.ts";
import { first } from "../keys.ts";

export default {
  shows: "the selector published differs by one letter",
  records: `se1ector1._domainkey ${first.txt}\n`,
  options: ["--selector", "selector1"],
  finds: { WrongHost: "selector1._domainkey.wrong-host-near-miss.example" },
  // Of all the near misses an audit over the network tries only the likeliest.
  on: "file",
} satisfies LabCase;
