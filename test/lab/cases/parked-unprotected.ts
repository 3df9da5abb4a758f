import type { LabCase } from "../case.ts";

export default {
  shows: "a domain that sends no mail and does not say so",
  bare: true,
  records: "@ A 192.0.2.80\n",
  finds: { ParkedUnprotected: [] },
} satisfies LabCase;
