import type { LabCase } from "../case.ts";

export default {
  shows: "a domain without any selector, asked for one",
  records: "",
  options: ["--selector", "s1"],
  finds: { NoKeyRecord: "s1._domainkey.no-key-record-nowhere.example" },
} satisfies LabCase;
