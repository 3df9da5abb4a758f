import type { LabCase } from "../case.ts";
import { first, second } from "../keys.ts";

export default {
  shows: "a resolver that still has a key which no server has, for longer than the TTL allows",
  records: `s1._domainkey ${first.txt}\n`,
  staleResolver: [`s1._domainkey.resolvers-disagree.example. 86400 ${second.txt}`],
  options: ["--selector", "s1", "--resolver", "{resolver}", "--resolver", "{staleResolver}"],
  finds: { ResolversDisagree: "s1._domainkey.resolvers-disagree.example" },
  on: "network",
} satisfies LabCase;
