import type { LabCase } from "../case.ts";
import { first } from "../keys.ts";

export default {
  shows: "the key of a subdomain that sends was published at the domain above",
  audited: "news",
  records: `news MX 10 mail
s1._domainkey ${first.txt}
`,
  options: ["--selector", "s1"],
  finds: { WrongHost: "s1._domainkey.news.wrong-host-apex.example" },
} satisfies LabCase;
