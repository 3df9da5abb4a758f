import type { LabCase } from "../case.ts";
import { first, second } from "../keys.ts";

export default {
  shows: "a key that resolvers may keep for a month",
  records: `s1._domainkey 2592000 ${first.txt}
s2._domainkey ${second.txt}
`,
  options: ["--selector", "s1"],
  finds: { TtlUnsuitable: `s1._domainkey.ttl-unsuitable.example` },
  // Resolvers shorten what they are told: Unbound to a day.
  on: "file",
} satisfies LabCase;
