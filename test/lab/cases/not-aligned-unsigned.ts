import type { LabCase } from "../case.ts";
import { message } from "../mail.ts";

export default {
  shows: "mail without any signature",
  records: "",
  options: ["--mail", "{dir}/mail.eml"],
  files: async () => ({
    "mail.eml": message({ from: "news@not-aligned-unsigned.example", envelope: "esp.example", signatures: [] }),
  }),
  finds: { NotAligned: [] },
  besides: ["SpfOnlyAlignment"],
} satisfies LabCase;
