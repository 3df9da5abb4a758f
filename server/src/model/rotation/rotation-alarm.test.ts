import { describe, expect, test } from "vitest";
import type { ServerAnswer } from "./chain-observation.ts";
import { type KeyFact, type KeyFinding, readFact } from "../key/key-fact.ts";
import {
  active,
  asked,
  draining,
  gone,
  keyIn,
  policy,
  published,
  publishing,
  roundOf,
  servfail,
  standby,
  stateOf,
  waitMs,
  withdrawing,
} from "./rotation.fixture.ts";
import { type KeyLook, lookOf, rotationAlarms, stuckAfterSeconds } from "./rotation-alarm.ts";
import { type DomainState, type ManagedKey, runningWait } from "./rotation-state.ts";

const stuckMs = stuckAfterSeconds(policy) * 1000;
const drainEndMs = runningWait(draining)!.endsMs;
const after = (key: ManagedKey, ...findings: KeyFinding[]): ManagedKey => ({
  ...key,
  facts: [...key.facts, ...findings.map((finding): KeyFact => readFact({ ...finding, at: 0, trustedMs: 0 }))],
});
const revoking = (key: ManagedKey): ManagedKey =>
  after(key, { kind: "revoking", evidence: { reason: "read by somebody else" } });
const keptByCustomer = (key: ManagedKey): ManagedKey => ({
  ...key,
  chain: { ...key.chain, record: { ...key.chain.record, keptBy: "customer" } },
});
const lostEverywhere = after(active, {
  kind: "deactivated",
  evidence: { lastUseTrustedMs: 0, drainSeconds: 1, missing: ["k1 at ns1 192.0.2.1 has no TXT record"] },
});
const occupied = after(keyIn("publishing", 4), {
  kind: "occupied",
  evidence: { found: ["v=DKIM1; p=other"], waitSeconds: waitMs / 1000 },
});

type Seen = [ManagedKey, ServerAnswer["said"]?][];
const at = (nowMs: number, keys: ManagedKey[], seen: Seen, changes: Partial<DomainState> = {}): string[] => {
  const looks = new Map(seen.map(([key, said]): [string, KeyLook] => [key.id, lookOf(key, roundOf(key, nowMs, said))]));
  const state = stateOf(keys, { trustedMs: nowMs, wallMs: nowMs, ...changes });
  return rotationAlarms("customer.example", state, policy, looks).map(
    ({ severity, code, subject }) => `${severity} ${code} ${subject}`,
  );
};

describe("what is no alarm", () => {
  test.each<[string, ManagedKey[], Seen]>([
    ["a key that signs and is seen", [active], [[active]]],
    ["nobody has looked yet", [active, publishing], []],
    ["a first key on its way", [keyIn("published", 1)], [[keyIn("published", 1)]]],
    ["I-12 a server that says nothing of the key that signs", [active], [[active, servfail]]],
    ["S3 a record lost while a key drains, which is called back", [active, draining], [[active, gone]]],
    ["S3 … and was seen", [active, draining], [[active, gone], [draining]]],
    ["a revoked key that is seen revoked nowhere yet, a moment ago", [standby, revoking(active)], []],
  ])("%s", (_, keys, seen) => {
    expect(at(1000, keys, seen)).not.toContainEqual(expect.stringMatching(/ActiveKeyLost|RotationStuck|RevokedKey/));
  });

  test("a key that was published a moment ago, and is not everywhere", () => {
    expect(at(stuckMs - 1, [active, { ...publishing, id: "k2" }], [[{ ...publishing, id: "k2" }, gone]])).toEqual([]);
  });
  test("an old key whose drain was over a moment ago, and a server that says nothing of the one that signs", () => {
    expect(at(drainEndMs + stuckMs - 1, [active, draining], [[active, servfail]])).toEqual([]);
  });
  test("the keys of a claim that is suspended, released or not proven", () => {
    for (const changes of [{ released: true }, { suspended: true }, { unproven: true }])
      expect(at(stuckMs, [publishing], [[publishing, gone]], changes)).toEqual([]);
  });
});

describe("what is one", () => {
  const successor = keyIn("publishing", 2);
  const seenLate = keyIn("published", 2);
  const ready = keyIn("ready", 2);
  test.each<[string, number, ManagedKey[], Seen, Partial<DomainState>, string[]]>([
    [
      "S2 F-23 a server without the next key",
      stuckMs,
      [active, successor],
      [[successor, gone]],
      {},
      ["high RotationStuck k2"],
    ],
    [
      "S2 a server that says nothing",
      stuckMs,
      [active, successor],
      [[successor, servfail]],
      {},
      ["high RotationStuck k2"],
    ],
    [
      "a key whose wait is over and that is not seen again",
      waitMs + stuckMs,
      [active, seenLate],
      [[seenLate, servfail]],
      {},
      ["high RotationStuck k2"],
    ],
    [
      "a switch that was asked for and a stand-by that is not seen",
      stuckMs,
      [active, ready],
      [[ready, servfail]],
      asked(active, ready),
      ["high RotationStuck k2"],
    ],
    [
      "an old key that a server still shows",
      stuckMs,
      [active, withdrawing],
      [[withdrawing]],
      {},
      ["medium RotationStuck k3"],
    ],
    [
      "S2 an old key whose drain is over, and a server that says nothing of the one that signs",
      drainEndMs + stuckMs,
      [active, draining],
      [[active, servfail]],
      {},
      ["medium RotationStuck k3"],
    ],
    [
      "S3 F-24 the key that signs lost at a server, and nothing to go back to",
      1000,
      [active],
      [[active, gone]],
      {},
      ["critical ActiveKeyLost k1"],
    ],
    [
      "S23 receivers that validate refuse the key that signs",
      1000,
      [active],
      [[active, { kind: "unknown", reason: "is refused", bogus: true }]],
      {},
      ["critical ActiveKeyBogus k1"],
    ],
    [
      "S3 F-24 the key that signs lost at a server, with the one that drains",
      1000,
      [active, draining],
      [
        [active, gone],
        [draining, gone],
      ],
      {},
      ["critical ActiveKeyLost k1"],
    ],
    [
      "S3 F-24 the key that signs lost at a server, and another that says nothing of the one that drains",
      1000,
      [active, draining],
      [
        [active, gone],
        [draining, servfail],
      ],
      {},
      ["critical ActiveKeyLost k1"],
    ],
    [
      "S9 no server has the key that signed",
      1000,
      [lostEverywhere, successor],
      [],
      {},
      ["critical NoActiveKey customer.example"],
    ],
    ["S10 a key under our name that nobody knows", 1000, [active, occupied], [], {}, ["critical UnknownKey k4"]],
    [
      "a revocation with nothing to turn to",
      1000,
      [revoking(active)],
      [],
      {},
      ["critical NoActiveKey customer.example"],
    ],
    [
      "a revocation in a stream: its mail is signed under the default stream",
      1000,
      [revoking(active)],
      [],
      { stream: "news" },
      ["medium NoActiveKey customer.example (stream news)"],
    ],
    [
      "a revoked key that the customer still publishes",
      1000,
      [standby, active, revoking(keptByCustomer(draining))],
      [],
      {},
      ["high RevokedKeyPublic k3"],
    ],
    [
      "a revoked key that a server of ours still shows",
      stuckMs,
      [active, revoking(draining)],
      [[revoking(draining)]],
      {},
      ["high RevokedKeyPublic k3"],
    ],
  ])("%s", (_, nowMs, keys, seen, changes, told) => {
    expect(at(nowMs, keys, seen, changes)).toEqual(told);
  });

  test("an unknown key is told for as long as its name is let alone", () => {
    expect(at(waitMs, [active, occupied], [])).toEqual([]);
  });

  test("S2 the address that does not show the record is named once, in what was seen and in what to do", () => {
    const looks = new Map([[successor.id, lookOf(successor, roundOf(successor, 0, gone))]]);
    const [alarm] = rotationAlarms(
      "customer.example",
      stateOf([active, successor], { trustedMs: stuckMs }),
      policy,
      looks,
    );
    expect(alarm?.evidence.join()).toContain("ns1 192.0.2.1 (udp) has no TXT record");
    expect(alarm?.remedy).toContain("bring ns1 192.0.2.1 up to date");
  });

  test("mail that waits is told why, and until when", () => {
    const state = stateOf([revoking(active), published].map((key, n) => ({ ...key, id: `n${n}` })));
    const [alarm] = rotationAlarms("customer.example", state, policy, new Map());
    expect(alarm?.evidence).toEqual([
      "s1 is revoked: read by somebody else",
      "s1 is published, and may sign from 1970-01-01 02:46:40 UTC on",
      "mail is deferred with 451",
    ]);
  });
});
