import type { LabCase } from "../case.ts";

export default {
  shows: "p=reject on a domain that sends mail and has no key",
  records: "",
  finds: { DmarcRejectWithoutDkim: [] },
} satisfies LabCase;
