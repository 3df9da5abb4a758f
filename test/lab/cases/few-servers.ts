import type { LabCase } from "../case.ts";
import { first } from "../keys.ts";

export default {
  shows: "a zone with one name server",
  records: `s1._domainkey ${first.txt}\n`,
  oneServer: true,
  options: ["--selector", "s1"],
  finds: { FewServers: "few-servers.example" },
  on: "network",
} satisfies LabCase;
