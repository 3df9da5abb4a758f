import type { LabCase } from "../case.ts";

export default {
  shows: "a key that is no base64",
  records: 's1._domainkey TXT "v=DKIM1; k=rsa; p=MIIBIjANBg***AQ8AMIIBCgKCAQEA"\n',
  options: ["--selector", "s1"],
  finds: { KeyMalformed: "s1._domainkey.key-malformed.example" },
} satisfies LabCase;
