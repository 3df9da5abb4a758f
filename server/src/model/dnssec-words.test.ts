import { expect, test } from "vitest";
import type { DnssecState } from "chancery/dns";
import { dnssecWords } from "./dnssec-words.ts";

const zone = "esp.example";
const record = { name: "s1.esp.example", type: "TXT" };
const rows: [state: DnssecState, words: string][] = [
  [{ state: "secure" }, "signed, and the signature holds"],
  [{ state: "insecure", zone, reason: "no-ds" }, "not signed: esp.example has no DS record"],
  [
    { state: "insecure", zone, reason: "unsupported-algorithm", algorithms: [7, 200] },
    "not signed: esp.example is signed with 7 (RSASHA1-NSEC3-SHA1), 200 alone, which is not checked",
  ],
  [
    { state: "bogus", zone, record, reason: "signature-expired", expiredAt: 1_800_000_000 },
    "broken: the signature of s1.esp.example TXT ran out on 2027-01-15 08:00:00 UTC",
  ],
  [
    { state: "bogus", zone, record, reason: "ds-without-key" },
    "broken: the DS record of esp.example names no key that it has",
  ],
  [
    { state: "indeterminate", zone, reason: "not-reached", detail: "timeout" },
    "not known: the keys of esp.example were not reached (timeout)",
  ],
  [
    { state: "indeterminate", zone, reason: "too-much-work" },
    "not known: esp.example takes more work to validate than it is given",
  ],
];
test.each(rows)("%j", (state, words) => expect(dnssecWords(state)).toBe(words));
