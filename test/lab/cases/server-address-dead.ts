import type { LabCase } from "../case.ts";
import { first } from "../keys.ts";

export default {
  shows: "a name server with two addresses, at one of which nobody answers",
  records: `ns2 A 127.53.88.2
s1._domainkey ${first.txt}
`,
  delegation: {
    "server-address-dead.example": "@ NS ns1\n@ NS ns2\nns1 A {first}\nns2 A {second}\nns2 A 127.53.88.2",
  },
  options: ["--selector", "s1"],
  finds: { ServerAddressDead: [] },
  not: ["GlueStale"],
  on: "network",
} satisfies LabCase;
