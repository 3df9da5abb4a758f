import {
  isBimiRecord,
  isMtaStsRecord,
  isSpfRecord,
  isTlsRptRecord,
  parseBimiRecord,
  parseMtaStsPolicy,
  parseMtaStsRecord,
  parseSpfRecord,
  parseTlsRptRecord,
} from "chancery/policy";
import { demand, type Target } from "./target.ts";

/** The records beside DKIM: what is read as one has to begin as one, and no problem lies beyond the end. */
const policyTexts: Target = {
  name: "policy-texts",
  seeds: [
    "v=spf1 a:%{d}/24//64 mx ?ptr ~exists:%{ir}.%{v}.b.example include:b.example ip4:192.0.2.0/24 ip6:2001:db8::/32 exp=c.example -all",
    "v=STSv1; id=20160831085700Z;",
    "version: STSv1\r\nmode: enforce\r\nmx: *.example.net\r\nmax_age: 604800\r\n",
    "v=TLSRPTv1; rua=mailto:a@example.com,https://b.example/x",
    "v=BIMI1; l=https://example.com/logo.svg; a=https://example.net/vmc.pem",
  ],
  words: [
    " ",
    ";",
    ":",
    "/",
    "//",
    "%{",
    "}",
    "%",
    "include:",
    "redirect=",
    "all",
    "mx: *.",
    "id=",
    "rua=",
    "l=https://",
    "\r\n",
    "\xff",
  ],
  check(input) {
    const readers = [
      [isSpfRecord, parseSpfRecord],
      [isMtaStsRecord, parseMtaStsRecord],
      [isTlsRptRecord, parseTlsRptRecord],
      [isBimiRecord, parseBimiRecord],
    ] as const;
    for (const [isOne, parse] of readers) {
      const record = parse(input);
      if (record.ok) demand(isOne(input), "a record that does not begin as one");
      else demand(record.offset <= input.length, "a problem beyond the end");
    }
    const policy = parseMtaStsPolicy(input);
    if (policy.ok) demand(policy.value.mode === "none" || policy.value.mx.length > 0, "a policy without exchanges");
  },
};

export const policyTargets: readonly Target[] = [policyTexts];
