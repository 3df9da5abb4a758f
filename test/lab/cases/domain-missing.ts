import type { LabCase } from "../case.ts";

export default {
  shows: "a domain that does not exist",
  records: "",
  audited: "nothing",
  finds: { DomainMissing: [] },
  on: "network",
} satisfies LabCase;
