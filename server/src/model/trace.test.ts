import { generateKeyPairSync } from "node:crypto";
import { formatKeyRecord } from "chancery/dkim";
import { expect, test } from "vitest";
import { judgeTrace } from "./trace.ts";
import type { TracedChain } from "./traced-chain.ts";

const rsa = formatKeyRecord(generateKeyPairSync("rsa", { modulusLength: 2048 }).publicKey);
const small = formatKeyRecord(generateKeyPairSync("rsa", { modulusLength: 1024 }).publicKey);
const alias = (n: number): TracedChain["aliases"][number] => ({
  name: `a${n}.example`,
  target: `a${n + 1}.example`,
  ttlSeconds: 60,
});
const aliases = (count: number): TracedChain["aliases"][number][] => Array.from({ length: count }, (_, n) => alias(n));
const ending = (texts: string[], count = 1): TracedChain => ({
  aliases: aliases(count),
  finalName: "end.example",
  outcome: "present",
  texts: texts.map((text) => ({ text, ttlSeconds: 60 })),
});

test.each<[string, TracedChain, string, string[]]>([
  ["one alias to a sound key", ending([rsa]), "sound", []],
  ["a key without any alias", ending([rsa], 0), "sound", []],
  [
    "no record and no alias",
    { aliases: [], finalName: "a0.example", outcome: "absent", reason: "nxdomain" },
    "broken",
    ["NoKeyRecord"],
  ],
  [
    "an alias with nothing behind it",
    { aliases: aliases(1), finalName: "a1.example", outcome: "absent", reason: "nodata" },
    "broken",
    ["TargetMissing"],
  ],
  ["a revoked key", ending(["v=DKIM1; p="]), "broken", ["KeyRevoked"]],
  ["a key pasted with its quotes", ending([`"${rsa}"`]), "broken", ["KeyMalformed"]],
  ["an unknown key type", ending(["v=DKIM1; k=dsa; p=AAAA"]), "broken", ["KeyMalformed"]],
  ["two key records", ending([rsa, small]), "broken", ["MultipleKeyRecords"]],
  ["a key with an alias beside it", { ...ending([rsa], 2), finalName: "a1.example" }, "broken", ["ConflictingRecords"]],
  ["a text that is no key behind an alias", ending(["v=spf1 -all"]), "broken", ["TargetMissing"]],
  ["a text that is no key at the name itself", ending(["v=spf1 -all"], 0), "broken", ["NoKeyRecord"]],
  ["RSA with 1024 bits", ending([small]), "sound", ["KeyWeak"]],
  ["a testing key", ending([rsa.replace("v=DKIM1;", "v=DKIM1; t=y;")]), "sound", ["KeyTesting"]],
  ["four aliases", ending([rsa], 4), "sound", ["AliasChainTooLong"]],
  [
    "a loop",
    { aliases: aliases(2), finalName: "a0.example", outcome: "unknown", reason: "alias-loop" },
    "broken",
    ["AliasLoop"],
  ],
  [
    "SERVFAIL",
    { aliases: [], finalName: "a0.example", outcome: "unknown", reason: "servfail" },
    "unknown",
    ["Undetermined"],
  ],
])("%s", (_title, chain, verdict, codes) => {
  const judged = judgeTrace("a0.example", chain);
  expect(judged.verdict).toBe(verdict);
  expect(judged.findings.map(({ code }) => code)).toEqual(codes);
});
