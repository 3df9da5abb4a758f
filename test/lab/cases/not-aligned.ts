import type { LabCase } from "../case.ts";
import { another } from "../keys.ts";
import { message } from "../mail.ts";

export default {
  shows: "mail signed by a provider as the provider (a wrong d=), with SPF of the provider",
  records: "",
  options: ["--mail", "{dir}/mail.eml"],
  files: async () => ({
    "mail.eml": message({
      from: "news@not-aligned.example",
      envelope: "esp.example",
      signatures: [{ key: another, domain: "esp.example", selector: "own" }],
    }),
  }),
  finds: { NotAligned: [] },
  besides: ["SpfOnlyAlignment"],
  not: ["CustomDkimOff"],
} satisfies LabCase;
