import type { LabCase } from "../case.ts";
import { first } from "../keys.ts";

export default {
  shows: "name servers that answer over UDP and keep silent over TCP",
  records: `s1._domainkey ${first.txt}\n`,
  served: { "tcp-blocked.example": "udp-only" },
  options: ["--selector", "s1"],
  finds: { TcpBlocked: [] },
  on: "network",
} satisfies LabCase;
