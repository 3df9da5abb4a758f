import type { LabCase } from "../case.ts";
import { first, second } from "../keys.ts";

export default {
  shows: "a resolver that still has the key of before, within the TTL: a change on its way",
  records: `s1._domainkey ${first.txt}\n`,
  staleResolver: [`s1._domainkey.old-answers-cached.example. 120 ${second.txt}`],
  options: ["--selector", "s1", "--resolver", "{resolver}", "--resolver", "{staleResolver}"],
  finds: { OldAnswersCached: "s1._domainkey.old-answers-cached.example" },
  severities: { OldAnswersCached: "info" },
  on: "network",
} satisfies LabCase;
