import { describe, expect, test } from "vitest";
import type { ChainObservation, ServerAnswer } from "./chain-observation.ts";
import { confirm } from "./confirm.ts";
import { ringOf } from "../delegation/delegation-ring.ts";
import { type KeyFact, type KeyFinding, readFact } from "../key/key-fact.ts";
import { isEmptied, isKeyLike, residualWindow, revokedTextOf } from "../key/key-revocation.ts";
import { absentNow, confirmedNow } from "./rotation-finding.ts";
import type { DomainState, ManagedKey } from "./rotation-state.ts";
import { nextStep } from "./rotation.ts";
import {
  active,
  asked,
  draining,
  gone,
  keyIn,
  late,
  policy,
  publishing,
  roundOf,
  seenAt,
  servfail,
  standby,
  stateOf,
  told,
} from "./rotation.fixture.ts";

const now = 5000;
const withFact = (key: ManagedKey, finding: KeyFinding): ManagedKey => ({
  ...key,
  facts: [...key.facts, readFact({ ...finding, at: 0, trustedMs: 2000 })],
});
const revoking: KeyFinding = { kind: "revoking", evidence: { reason: "it leaked" } };
const emptied: KeyFinding = { kind: "emptied", evidence: { zone: "dkim.esp.example", serial: 3 } };
const recalled: KeyFinding = { kind: "recalled", evidence: { reason: "asked for" } };
const says = (text: string): ServerAnswer["said"] => ({
  kind: "answer",
  authoritative: true,
  records: [{ type: "TXT", ttlSeconds: 3600, data: text }],
});
const calledAt = (atMs: number): KeyFact => readFact({ ...recalled, at: 0, trustedMs: atMs });
const leaked = withFact(active, revoking);
const empty = withFact(leaked, emptied);
const fresh = keyIn("publishing", 1, "r9");
const generated: ManagedKey = { ...fresh, facts: fresh.facts.slice(0, 1) };
const sight = (atMs: number, key: ManagedKey, said = says(key.id)) =>
  [key, roundOf(key, atMs, said)] as [ManagedKey, ReturnType<typeof roundOf>];
/** Back after a suspension: its record is there again since this moment. */
function publishedAt(atMs: number): ManagedKey {
  const evidence = { zone: "dkim.esp.example", serial: 4, recordTtlSeconds: 3600 };
  const again = readFact({ kind: "publishing", evidence, at: 0, trustedMs: atMs });
  return { ...publishing, facts: [...publishing.facts, again] };
}

/** Everybody shows the key's record, but for one address. */
function oneServerSays(key: ManagedKey, text: string): ChainObservation {
  const round = roundOf(key, now, says(key.id));
  const stale = (["udp", "tcp"] as const).map((transport) => ({ address: "stale", transport, said: says(text) }));
  return { ...round, record: { ...round.record, answers: [...round.record.answers, ...stale] } };
}

/** The draining key as active: its successor is in trouble. */
const newer = keyIn("active", 1);

describe("the next step in trouble", () => {
  test.each<[string, DomainState, string]>([
    ["I-17 a revoked key's record is emptied first", stateOf([leaked, standby]), "revoke k1"],
    [
      "I-17 a revoked key is not called revoked while a server is without the empty p=",
      stateOf([empty, standby], seenAt(now, sight(now, empty, gone), sight(now, standby))),
      "switch",
    ],
    [
      "§3.5 few drains are no reason to leave a domain without a key",
      stateOf([empty, standby, draining], seenAt(now, sight(now, standby))),
      "switch",
    ],
    [
      "I-1 an emergency switches to nothing that was not seen",
      stateOf(
        [empty, standby],
        seenAt(now, sight(now, empty, says(revokedTextOf("k1"))), sight(now, standby, servfail)),
      ),
      "record revoked k1",
    ],
    [
      "I-15 a key that was recorded as ready after it was revoked is no stand-by",
      stateOf([active, withFact(withFact(standby, revoking), { kind: "ready", evidence: { observedTrustedMs: 0 } })]),
      "revoke k2",
    ],
    [
      "§3.5 with no stand-by the key that drains is looked at",
      stateOf([empty, draining], { ...seenAt(now, sight(now, empty, servfail)), rotations: asked(active).rotations! }),
      "generate",
    ],
    [
      "S3 the active key's record is lost at a server: the key that drains is called back",
      stateOf([newer, draining], {
        ...seenAt(now, sight(now, draining)),
        rounds: new Map([
          [newer.id, [lostAtOne(newer, now)]],
          [draining.id, [roundOf(draining, now)]],
        ]),
      }),
      "record recalled k3",
    ],
    [
      "S3 what was seen of the key that drains before a server came back old is no reason to call it back",
      stateOf([newer, standby, draining], {
        ...seenAt(now),
        rounds: new Map([
          [newer.id, [lostAtOne(newer, now)]],
          [standby.id, [roundOf(standby, now)]],
          [draining.id, [roundOf(draining, now - 1000)]],
        ]),
      }),
      "wait",
    ],
    [
      "a key that was called back is switched to, though a rotation is asked for",
      stateOf([newer, standby, withFact(draining, recalled)], {
        ...asked(newer, standby, draining),
        ...seenAt(now, sight(now, standby), sight(now, draining)),
      }),
      "switch",
    ],
    [
      "I-20 a key whose record outlasts its drain, since its successor's is lost, is called back once and switched to",
      stateOf([newer, { ...draining, facts: [...draining.facts, calledAt(late)] }], {
        ...seenAt(late, sight(late, draining)),
        rounds: new Map([
          [newer.id, [lostAtOne(newer, late)]],
          [draining.id, [roundOf(draining, late)]],
        ]),
      }),
      "switch",
    ],
    [
      "a call back ends with the drain",
      stateOf([newer, standby, withFact(draining, recalled)], seenAt(late, sight(late, standby))),
      "withdraw k3",
    ],
    [
      "S9 I-22 a record of ours that is gone everywhere stops its key",
      stateOf([active, standby], seenAt(now, sight(now, active, gone), sight(now, standby))),
      "record deactivated k1",
    ],
    [
      "I-12 a server that says nothing stops no key",
      stateOf([active, standby], seenAt(now, sight(now, active, servfail), sight(now, standby))),
      "wait",
    ],
    [
      "F-32 an alias that the customer took away stops no key",
      stateOf([aliased(active), standby], seenAt(now, [active, withoutAlias(active, now)], sight(now, standby))),
      "wait",
    ],
    [
      "S10 I-22 a new key is not put where a key stands that nobody knows",
      stateOf([generated], seenAt(now, sight(now, generated, says("v=DKIM1; p=AAAA")))),
      "record occupied k1",
    ],
    [
      "a text that is no key is no stranger",
      stateOf([generated], seenAt(now, sight(now, generated, says("v=spf1 -all")))),
      "publish k1",
    ],
    [
      "I-15 what DNS calls revoked is revoked",
      stateOf([active, standby], seenAt(now, sight(now, active, says(revokedTextOf("k1"))), sight(now, standby))),
      "record revoking k1",
    ],
    [
      "I-1 what was seen before the record was put there last is no sight of it",
      stateOf([publishedAt(now)], seenAt(now + 2000, sight(now - 1000, publishedAt(now), says(publishedAt(now).id)))),
      "observe k1",
    ],
    [
      "S3 one server that came back with an old zone, in which the key is silent, ends nothing",
      stateOf(
        [active, standby],
        seenAt(now, [active, oneServerSays(active, revokedTextOf("k1"))], sight(now, standby)),
      ),
      "wait",
    ],
    [
      "I-15 the empty p= of an older key at the same name revokes nothing",
      stateOf([publishing], seenAt(now, sight(now, publishing, says(revokedTextOf("k0"))))),
      "wait",
    ],
  ])("%s", (_, state, expected) => {
    expect(told(nextStep(state, policy))).toBe(expected);
  });

  test("a rotation that is called off leaves its key to be withdrawn, and is not planned again for a whole period", () => {
    const made = keyIn("published", 2, "r9");
    const rotations = [
      { id: "r0", reason: "first" as const, requestedAt: 0 },
      { id: "r9", reason: "scheduled" as const, requestedAt: 0, abortedTrustedMs: 4000 },
    ];
    expect(told(nextStep(stateOf([active, made], { rotations }), policy))).toBe("plan");
    const kept = { ...stateOf([active, made], { rotations }), method: { ...ringOf(3), standby: false } };
    expect(told(nextStep(kept, policy))).toBe("withdraw k2");
    const due = { ...kept, keys: [active], ...seenAt(policy.rotateAfterSeconds * 1000 + 1000) };
    expect(nextStep(due, policy)).toMatchObject({ do: "wait" });
  });
});

/** One of two servers has the record, the other came back without it. */
function lostAtOne(key: ManagedKey, atMs: number): ReturnType<typeof roundOf> {
  const round = roundOf(key, atMs);
  const other = roundOf(key, atMs, gone).record.answers.map((answer) => ({ ...answer, address: "ns2 192.0.2.2" }));
  return { ...round, record: { ...round.record, answers: [...round.record.answers, ...other] } };
}

function aliased(key: ManagedKey): ManagedKey {
  return { ...key, chain: { ...key.chain, aliases: [{ name: "s1._domainkey.example.com", target: key.id }] } };
}

function withoutAlias(key: ManagedKey, atMs: number): ReturnType<typeof roundOf> {
  const round = roundOf(key, atMs, gone);
  return { ...round, aliases: [{ ...round.record, name: "s1._domainkey.example.com", type: "CNAME" }] };
}

test("I-2 a revoked key's name is free when the last of all that it said is forgotten, whatever TTL each had", () => {
  const withTtl = (recordTtlSeconds: number): number | undefined => {
    const evidence = { zone: "dkim.esp.example", serial: 3, recordTtlSeconds };
    const found = absentNow(stateOf([]), policy, withFact(leaked, { kind: "emptied", evidence }));
    return found.kind === "absent" ? found.evidence.waitSeconds - policy.resolverSlackSeconds : undefined;
  };
  expect(withTtl(86_400)).toBe(86_400);
  expect(withTtl(60)).toBe(3600);
});

describe("what is measured and seen decides", () => {
  const confirmedWith = (changes: Partial<ReturnType<typeof roundOf>>) => {
    const round = { ...roundOf(publishing, now), ...changes };
    return confirm([round], publishing.chain, "present", policy);
  };

  test("S22 a SOA MINIMUM of a day makes the wait a day long, not unsafe", () => {
    const round = roundOf(publishing, now);
    const record = { ...round.record, negativeTtlSeconds: 86_400 };
    const state = stateOf([publishing], { rounds: new Map([[publishing.id, [{ ...round, record }]]]) });
    const found = confirmedNow(state, policy, publishing);
    expect(found).toMatchObject({ evidence: { waitSeconds: 86_400 + policy.resolverSlackSeconds } });
  });

  test("S22 a SOA that one round did not get is taken from the round before; got by none, the wait is three hours", () => {
    const round = roundOf(publishing, now);
    const { negativeTtlSeconds: _, ...record } = round.record;
    const waitAfter = (...rounds: ChainObservation[]) => {
      const found = confirmedNow(
        stateOf([publishing], { rounds: new Map([[publishing.id, rounds]]) }),
        policy,
        publishing,
      );
      return found.kind === "confirmed" ? found.evidence.waitSeconds - policy.resolverSlackSeconds : undefined;
    };
    const lost = { ...round, record: { ...record, negativeTtlSeconds: undefined } };
    expect(waitAfter(round, lost)).toBe(3600); // the TTL of the record, longer than the 300 s that were learnt
    expect(waitAfter(lost, lost)).toBe(3 * 3600);
  });

  test("S17 a wildcard that answers every selector keeps a key from being confirmed, and is named", () => {
    const wildcard = {
      ...roundOf(publishing, now).wildcard,
      answers: roundOf(publishing, now, says("x")).record.answers,
    };
    expect(confirmedWith({ wildcard })).toMatchObject({
      state: "not-yet",
      reasons: expect.arrayContaining([expect.stringContaining("wildcard")]),
    });
  });

  test("S24 two machines behind one address that disagree start the count again", () => {
    const patient = { ...policy, confirmRounds: 3 };
    const at = (minute: number, said = says("k1")) => roundOf(publishing, minute * 60_000, said);
    const flapping = [at(0), at(1), at(2, gone), at(3), at(4)];
    expect(confirm(flapping, publishing.chain, "present", patient)).toMatchObject({ state: "not-yet" });
    expect(confirm([...flapping, at(5)], publishing.chain, "present", patient)).toMatchObject({ state: "confirmed" });
  });
});

describe("I-4 model G: no step changes the key of a name in use", () => {
  test.each(["publishing", "published", "ready", "active", "draining", "withdrawing"] as const)(
    "a ring whose every name is %s generates nothing",
    (phase) => {
      const keys = [1, 2, 3].map((slot) => keyIn(phase, slot));
      const step = nextStep(stateOf(keys, { rotations: [...asked(...keys).rotations!] }), policy);
      expect(["generate", "publish"]).not.toContain(step.do);
    },
  );
});

describe("a revoked record", () => {
  test("is a key record with an empty p=, and says whose it was", () => {
    const text = revokedTextOf("v=DKIM1; p=AAAA");
    expect(text).toMatch(/^v=DKIM1; n=revoked-[0-9a-f]{16}; p=$/);
    expect([isEmptied(text), isKeyLike(text)]).toEqual([true, true]);
    expect(isEmptied("v=DKIM1; p=AAAA")).toBe(false);
    expect(isKeyLike("v=spf1 ip4:192.0.2.1 -all")).toBe(false);
    expect(revokedTextOf("v=DKIM1; p=BBBB")).not.toBe(text);
  });

  test("S21 the residual window is the TTL, what resolvers add, and serving stale", () => {
    expect(residualWindow(leaked, policy)).toEqual({
      cacheSeconds: 3600 + policy.resolverSlackSeconds,
      staleServingSeconds: policy.staleServingSeconds,
      endsMs: undefined,
    });
    expect(residualWindow(withFact(generated, revoking), policy).cacheSeconds).toBe(0);
  });
});
