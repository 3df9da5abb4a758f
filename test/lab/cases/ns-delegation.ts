import type { LabCase } from "../case.ts";
import { first } from "../keys.ts";

export default {
  shows: "_domainkey delegated to a provider's name servers, as it should be",
  records: "",
  others: { "_domainkey.ns-delegation.example": `s1 ${first.txt}\n` },
  options: ["--selector", "s1"],
  finds: {},
} satisfies LabCase;
