import type { LabCase } from "../case.ts";
import { first } from "../keys.ts";

export default {
  shows: "a listed name server whose name is an alias",
  records: `@ NS ns3
ns3 CNAME ns1
s1._domainkey ${first.txt}
`,
  delegation: { "ns-unusable.example": "@ NS ns1\n@ NS ns2\n@ NS ns3\nns1 A {first}\nns2 A {second}" },
  options: ["--selector", "s1"],
  finds: { NsUnusable: [] },
  on: "network",
} satisfies LabCase;
