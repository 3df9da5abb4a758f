import type { LabCase } from "../case.ts";
import { first } from "../keys.ts";

export default {
  shows: "one of three listed addresses where nobody answers",
  records: `@ NS ns3
ns3 A 127.53.88.2
s1._domainkey ${first.txt}
`,
  delegation: {
    "server-address-dead.example": `@ NS ns1\n@ NS ns2\n@ NS ns3\nns1 A {first}\nns2 A {second}\nns3 A 127.53.88.2`,
  },
  options: ["--selector", "s1"],
  finds: { ServerAddressDead: [] },
  besides: ["LameDelegation"],
  on: "network",
} satisfies LabCase;
