import type { LabCase } from "../case.ts";

export default {
  shows: "a name that does not exist",
  audited: "nowhere",
  records: "mail2 A 192.0.2.26\n",
  finds: { DomainMissing: ["nowhere.domain-missing.example"] },
  not: ["DmarcMissing", "SpfMissing", "ParkedUnprotected"],
  on: "network",
} satisfies LabCase;
