import type { LabCase } from "../case.ts";
import { first, quoted } from "../keys.ts";

const secret = first.privateKey.export({ type: "pkcs8", format: "der" }).toString("base64");

export default {
  shows: "the private half of a key in DNS",
  records: `s1._domainkey TXT ${quoted(`v=DKIM1; k=rsa; p=${secret}`)}\n`,
  options: ["--selector", "s1"],
  finds: { PrivateKeyPublished: "s1._domainkey.private-key-published.example" },
  severities: { PrivateKeyPublished: "critical" },
} satisfies LabCase;
