import type { LabCase } from "../case.ts";
import { first } from "../keys.ts";

export default {
  shows: "one of two addresses of a name server where nobody answers",
  records: `ns2 3600 A 127.53.88.2
s1._domainkey ${first.txt}
`,
  delegation: {
    "server-address-dead.example": `@ NS ns1\n@ NS ns2\nns1 A {first}\nns2 A {second}\nns2 A 127.53.88.2`,
  },
  options: ["--selector", "s1"],
  finds: { ServerAddressDead: [] },
  on: "network",
} satisfies LabCase;
