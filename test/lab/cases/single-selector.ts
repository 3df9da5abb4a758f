import type { LabCase } from "../case.ts";

export default {
  shows: "one alias alone: its provider cannot rotate without a gap",
  records: "s1._domainkey CNAME s1.dkim.esp.example.\n",
  options: ["--selector", "s1"],
  finds: { SingleSelector: [] },
  // Only a file lists every selector that there is.
  on: "file",
} satisfies LabCase;
