import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ChainObservation, NameObservation } from "../server/src/model/chain-observation.ts";
import { methodOf } from "../server/src/model/delegation-methods.ts";
import { latest, readFact } from "../server/src/model/key-fact.ts";
import { phaseOf } from "../server/src/model/key-phase.ts";
import { type KeyAlgorithm, roleOf } from "../server/src/model/key-role.ts";
import type { DomainState, ManagedKey, Rotation } from "../server/src/model/rotation-state.ts";
import { nextStep, type Step } from "../server/src/model/rotation.ts";
import { day, hour } from "../server/src/model/seconds.ts";
import { drainWaitSeconds, timingPresets, type TimingPolicy } from "../server/src/model/timing-policy.ts";

/** One run: a policy, a world that is sometimes slow or silent, and an operator who sometimes asks for a rotation. */
type Run = {
  method: "cname-ring" | "ns-branch";
  algorithms: KeyAlgorithm[];
  policy: TimingPolicy;
  customerTtl: number;
  negativeTtl: number;
  /** How long a secondary may take; whether some answer is SERVFAIL, per look. */
  lagSeconds: number;
  silent: boolean[];
  /** Hours between requests of the operator. */
  requests: number[];
  /** How late the controller comes, in seconds, per step. */
  lateness: number[];
};

const sometimes = (min: number, max: number) => fc.integer({ min, max });
const runs: fc.Arbitrary<Run> = fc.record({
  method: fc.constantFrom("cname-ring", "ns-branch"),
  algorithms: fc.constantFrom<KeyAlgorithm[]>(["rsa-sha256"], ["rsa-sha256", "ed25519-sha256"]),
  policy: fc
    .record({ queue: sometimes(hour, 5 * day), rotateDays: sometimes(10, 120), rounds: sometimes(1, 4) })
    .map(({ queue, rotateDays, rounds }) => ({
      ...timingPresets.default,
      milterOwnQueueSeconds: queue,
      rotateAfterSeconds: rotateDays * day,
      confirmRounds: rounds,
    })),
  customerTtl: sometimes(60, day),
  negativeTtl: sometimes(30, 3 * hour),
  lagSeconds: sometimes(0, 2 * hour),
  silent: fc.array(
    fc.integer({ min: 0, max: 9 }).map((dice) => dice === 0),
    { minLength: 20, maxLength: 20 },
  ),
  requests: fc.array(sometimes(1, 2000), { maxLength: 12 }),
  lateness: fc.array(sometimes(0, 3 * hour), { minLength: 10, maxLength: 10 }),
});

type Event = { at: number; kind: string; key: string; role: string; slot: number };

/** Plays the run for a span of years, or so many turns of the controller, and gives back everything that happened. The invariants are checked as it goes. */
function play(run: Run, years: number, turnsMax: number): { events: Event[]; keys: ManagedKey[] } {
  let now = 0;
  let turns = 0;
  const keys: ManagedKey[] = [];
  const rotations: Rotation[] = [];
  const events: Event[] = [];
  const rounds = new Map<string, ChainObservation[]>();
  /** Per name: when our zone last changed there, to what and from what. */
  const zone = new Map<string, { at: number; text: string; before: string }>();
  const requestsAt = run.requests.reduce<number[]>((all, hours) => [...all, (all.at(-1) ?? 0) + hours * hour], []);
  const method = methodOf(run.method);

  /** What the slower of two servers, and what the faster one, answers for a name. */
  const held = (name: string): [string, string] => {
    const content = zone.get(name) ?? { at: 0, text: "", before: "" };
    return [content.text, now - content.at >= run.lagSeconds ? content.text : content.before];
  };
  const look = (key: ManagedKey): ChainObservation => {
    const silent = run.silent[turns % run.silent.length] === true;
    const observed = (name: string, texts: readonly string[]): NameObservation => ({
      name,
      type: "TXT",
      zone: "example.com",
      negativeTtlSeconds: run.negativeTtl,
      answers: texts.flatMap((data, index) =>
        (["udp", "tcp"] as const).map((transport) => ({
          address: `ns${index}`,
          transport,
          said:
            silent && index === 1
              ? { kind: "unknown" as const, reason: "SERVFAIL" }
              : {
                  kind: "answer" as const,
                  authoritative: true,
                  records: data === "" ? [] : [{ type: "TXT" as const, ttlSeconds: run.customerTtl, data }],
                },
        })),
      ),
    });
    const record = observed(key.chain.record.name, held(key.chain.record.name));
    return { trustedMs: now * 1000, wallMs: now * 1000, aliases: [], record, wildcard: observed("random", ["", ""]) };
  };
  const state = (): DomainState => ({
    method,
    algorithms: run.algorithms,
    released: false,
    keys,
    rotations: [...rotations],
    rounds,
    trustedMs: now * 1000,
    wallMs: now * 1000,
  });
  const record = (key: ManagedKey, kind: string, evidence: object): void => {
    const index = keys.findIndex(({ id }) => id === key.id);
    keys[index] = { ...key, facts: [...key.facts, readFact({ kind, evidence, at: now, trustedMs: now * 1000 })] };
    events.push({ at: now, kind, key: key.id, role: key.role, slot: key.slot });
  };
  const change = (key: ManagedKey, text: string): void => {
    const { name } = key.chain.record;
    zone.set(name, { at: now, text, before: held(name)[1] });
  };

  const doing: { [Do in Exclude<Step["do"], "wait">]: (step: Extract<Step, { do: Do }>) => void } = {
    plan: ({ reason }) => rotations.push({ id: `r${rotations.length}`, reason, requestedAt: now }),
    generate: ({ rotationId, role, slot }) => {
      const id = `k${keys.length}`;
      expect(
        keys.some((key) => key.rotationId === rotationId && key.role === role),
        "I-13 one key a slot",
      ).toBe(false);
      const chain = { aliases: [], record: { name: `slot ${slot}`, text: id } };
      keys.push({ id, rotationId, role, slot, selector: `s${slot}`, facts: [], chain });
      record(keys[keys.length - 1]!, "generated", { selfTested: true });
    },
    publish: ({ key }) => {
      const sameName = keys
        .filter((other) => other !== key && other.slot === key.slot)
        .map(({ facts }) => phaseOf(facts));
      expect(
        sameName.every((phase) => phase === "withdrawn" || phase === "destroyed"),
        "I-4 the name is free",
      ).toBe(true);
      change(key, key.id);
      record(key, "publishing", { zone: "example.com", serial: 1, recordTtlSeconds: run.policy.recordTtlSeconds });
    },
    observe: ({ key }) => {
      rounds.set(key.id, [...(rounds.get(key.id) ?? []), look(key)].slice(-8));
    },
    record: ({ key, finding }) => record(key, finding.kind, finding.evidence),
    switch: ({ to, from, findings }) => {
      expect(held(to.chain.record.name), "I-1 every server has the key that signs").toEqual([to.id, to.id]);
      const seenMs = latest(to.facts, "confirmed")!.evidence.seenTrustedMs;
      expect(now * 1000 - seenMs, "I-2 no cache can remember its absence").toBeGreaterThanOrEqual(
        run.negativeTtl * 1000,
      );
      record(to, findings.to.kind, findings.to.evidence);
      if (from !== undefined) record(from, findings.from.kind, findings.from.evidence);
      for (const algorithm of run.algorithms) {
        const active = keys.filter((key) => key.role === roleOf(algorithm) && phaseOf(key.facts) === "active");
        expect(active.length, "I-5 at most one active key of a role").toBeLessThanOrEqual(1);
      }
    },
    withdraw: ({ key }) => {
      const stopped = latest(key.facts, "deactivated")!;
      expect(now - stopped.at, "I-3 mail in flight can be verified").toBeGreaterThan(drainWaitSeconds(run.policy));
      const active = keys.find((other) => other.role === key.role && phaseOf(other.facts) === "active")!;
      expect(held(active.chain.record.name), "I-6 the successor is there").toEqual([active.id, active.id]);
      change(key, "");
      record(key, "withdrawing", { zone: "example.com", serial: 1 });
    },
    destroy: ({ key }) => record(key, "destroyed", { reason: "age" }),
  };

  while (now < years * 365 * day && turns < turnsMax) {
    while (requestsAt[0] !== undefined && requestsAt[0] <= now) {
      requestsAt.shift();
      rotations.push({ id: `r${rotations.length}`, reason: "requested", requestedAt: now });
    }
    const step = nextStep(state(), run.policy);
    turns++;
    const late = run.lateness[turns % run.lateness.length] ?? 0;
    if (step.do === "wait") {
      const until = Math.ceil((step.untilTrustedMs ?? (now + day) * 1000) / 1000);
      now = Math.max(now + 1, until) + late;
    } else {
      (doing[step.do] as (step: Step) => void)(step);
      now += step.do === "observe" ? 1 : 0;
    }
  }
  return { events, keys };
}

describe("years of rotation", () => {
  test("I-1 to I-6 and I-13 hold whatever the timing", () => {
    fc.assert(
      fc.property(runs, (run) => {
        const { events } = play(run, 3, 4000);
        expect(run.silent.includes(true) || events.some(({ kind }) => kind === "withdrawn")).toBe(true);
      }),
      { numRuns: 40 },
    );
  });

  test("ten years of a ring turn it some forty times, and every old key comes to its end (I-20)", () => {
    const run: Run = {
      method: "cname-ring",
      algorithms: ["rsa-sha256"],
      policy: { ...timingPresets.default, watchIntervalSeconds: 6 * hour },
      customerTtl: hour,
      negativeTtl: 300,
      lagSeconds: 60,
      silent: [false],
      requests: [],
      lateness: [0],
    };
    const { events, keys } = play(run, 10, 200_000);
    expect(events.filter(({ kind }) => kind === "activated").length).toBeGreaterThanOrEqual(39);
    const ended = keys.filter(({ facts }) => phaseOf(facts) === "destroyed").length;
    expect(ended).toBeGreaterThanOrEqual(keys.length - 4);
    expect(new Set(keys.map(({ slot }) => slot))).toEqual(new Set([1, 2, 3]));
  });
});
