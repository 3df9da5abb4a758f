import type { LabCase } from "../case.ts";
import { first } from "../keys.ts";
import { message } from "../mail.ts";

const domain = "mail-sound.example";

export default {
  shows: "mail with an aligned signature that passes",
  records: `s1._domainkey ${first.txt}\n`,
  options: ["--mail", "{dir}/mail.eml"],
  files: async () => ({
    "mail.eml": message({ from: `news@${domain}`, signatures: [{ key: first, domain, selector: "s1" }] }),
  }),
  finds: {},
  not: ["FieldsUnsigned", "CustomDkimOff", "BodyLengthUsed", "Sha1Used", "SignatureExpired"],
} satisfies LabCase;
