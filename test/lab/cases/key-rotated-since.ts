import type { LabCase } from "../case.ts";
import { first, second } from "../keys.ts";
import { message, writtenAt } from "../mail.ts";

const domain = "key-rotated-since.example";
const from = `news@${domain}`;

export default {
  shows: "old mail that passed when it came, signed with a key that was rotated away since",
  records: `s2._domainkey ${second.txt}\n`,
  options: ["--mail", "{dir}/old.eml", "--mail", "{dir}/new.eml"],
  files: async () => ({
    "old.eml": `Authentication-Results: mx.receiver.test; dkim=pass header.d=${domain} header.s=s1\r\n${message({
      from,
      receivedAt: writtenAt - 200 * 86_400,
      signatures: [{ key: first, domain, selector: "s1" }],
    })}`,
    "new.eml": message({ from, signatures: [{ key: second, domain, selector: "s2" }] }),
  }),
  finds: {},
} satisfies LabCase;
