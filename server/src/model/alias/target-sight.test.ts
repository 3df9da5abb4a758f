import { generateKeyPairSync } from "node:crypto";
import { formatKeyRecord } from "chancery/dkim";
import { describe, expect, test } from "vitest";
import type { ChainObservation, NameObservation, ServerAnswer } from "../rotation/chain-observation.ts";
import { targetSight } from "./target-sight.ts";

const key = formatKeyRecord(generateKeyPairSync("ed25519").publicKey);
const otherKey = formatKeyRecord(generateKeyPairSync("ed25519").publicKey);
type Said = ServerAnswer["said"];
const silent: Said = { kind: "unknown", reason: "timeout" };
const says = (type: "CNAME" | "TXT", ...data: string[]): Said => ({
  kind: "answer",
  authoritative: true,
  records: data.map((one) => ({ type, ttlSeconds: 60, data: one })),
});

/** Every address says the same, or each its own. */
const at = (name: string, type: "CNAME" | "TXT", ...said: Said[]): NameObservation => ({
  name,
  type,
  zone: "upstream.example",
  negativeTtlSeconds: 30,
  answers: [0, 1].flatMap((index) =>
    (["udp", "tcp"] as const).map((transport) => ({
      address: `192.0.2.${index}`,
      transport,
      said: said[index] ?? said[0]!,
    })),
  ),
});
const round = (record: NameObservation, ...aliases: NameObservation[]): ChainObservation => ({
  trustedMs: 0,
  wallMs: 0,
  aliases,
  record,
  wildcard: { ...record, name: "random", answers: at("random", "TXT", says("TXT", "anything")).answers },
});
const [first, last] = ["s1.upstream.example", "k.upstream.example"] as const;

describe("a look at an upstream's target", () => {
  test.each<[string, ChainObservation, string]>([
    ["one key everywhere, a wildcard beside it", round(at(first, "TXT", says("TXT", key))), "sound"],
    [
      "behind another alias",
      round(at(last, "TXT", says("TXT", key)), at(first, "CNAME", says("CNAME", last))),
      "sound",
    ],
    ["two servers with two keys", round(at(first, "TXT", says("TXT", key), says("TXT", otherKey))), "unsound"],
    ["one server without it", round(at(first, "TXT", says("TXT", key), says("TXT"))), "unsound"],
    ["two keys at once", round(at(first, "TXT", says("TXT", key, otherKey))), "unsound"],
    ["a revoked key", round(at(first, "TXT", says("TXT", "v=DKIM1; p="))), "unsound"],
    ["a text that is no key", round(at(first, "TXT", says("TXT", "v=spf1 -all"))), "unsound"],
    ["nothing at all", round(at(first, "TXT", says("TXT"))), "without-key"],
    ["I-12 a server that is silent", round(at(first, "TXT", says("TXT", key), silent)), "unknown"],
    ["I-12 nothing at one server, silence at the other", round(at(first, "TXT", says("TXT"), silent)), "unsound"],
    ["I-12 nobody answers", round(at(first, "TXT", silent)), "unknown"],
    ["nobody could be found", round({ ...at(first, "TXT"), answers: [] }), "unknown"],
  ])("%s", (_, seen, verdict) => {
    expect(targetSight(seen).verdict).toBe(verdict);
  });

  test("tells the names on the way, and the key", () => {
    const sight = targetSight(round(at(last, "TXT", says("TXT", key)), at(first, "CNAME", says("CNAME", last))));
    expect(sight).toMatchObject({ names: [first, last], key: { type: "ed25519", record: key } });
  });
});

test("what is wrong with the key that all agree on is told beside it", () => {
  const codes = (text: string) =>
    targetSight(round(at(first, "TXT", says("TXT", text)))).problems?.map(({ code }) => code);
  expect(codes(key)).toEqual([]);
  expect(codes(`${key}; t=y`)).toEqual(["KeyTesting"]);
  expect(codes("v=DKIM1; p=")).toEqual(["KeyRevoked"]);
});
