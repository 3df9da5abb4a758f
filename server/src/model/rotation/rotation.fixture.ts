import type { ChainObservation, NameObservation, ServerAnswer } from "./chain-observation.ts";
import { ringOf } from "../delegation/delegation-ring.ts";
import { type KeyFact, type KeyFinding, readFact } from "../key/key-fact.ts";
import type { DomainState, ManagedKey, Rotation } from "./rotation-state.ts";
import type { Step } from "./rotation-step.ts";
import { timingPresets, type TimingPolicy } from "./timing-policy.ts";

export const policy: TimingPolicy = { ...timingPresets.default, confirmRounds: 1 };
export const waitMs = 10_000_000;

export type Phase = "publishing" | "published" | "ready" | "active" | "draining" | "withdrawing" | "withdrawn";
const lives: Record<Phase, KeyFinding[]> = {
  publishing: [
    { kind: "generated", evidence: { selfTested: true } },
    { kind: "publishing", evidence: { zone: "dkim.esp.example", serial: 1, recordTtlSeconds: 3600 } },
  ],
  published: [
    {
      kind: "confirmed",
      evidence: {
        seenTrustedMs: 0,
        waitSeconds: waitMs / 1000,
        history: "changed",
        steps: [],
        resolverSlackSeconds: 900,
        addresses: [],
      },
    },
  ],
  ready: [{ kind: "ready", evidence: { observedTrustedMs: 0 } }],
  active: [{ kind: "activated", evidence: { serves: "r0", replaces: null, observedTrustedMs: 0 } }],
  draining: [
    { kind: "deactivated", evidence: { lastUseTrustedMs: 0, drainSeconds: waitMs / 1000 } },
    { kind: "stopped", evidence: { lastUseTrustedMs: 0, signatures: 0, signers: [], signerCount: 0 } },
  ],
  withdrawing: [{ kind: "withdrawing", evidence: { zone: "dkim.esp.example", serial: 2 } }],
  withdrawn: [{ kind: "withdrawn", evidence: { observedTrustedMs: 0 } }],
};
const order = Object.keys(lives) as Phase[];

export function keyIn(phase: Phase, slot: number, rotationId = `r-${slot}`): ManagedKey {
  const findings = order.slice(0, order.indexOf(phase) + 1).flatMap((upTo) => lives[upTo]);
  const facts = findings.map((finding): KeyFact => readFact({ ...finding, at: 0, trustedMs: 0 }));
  const id = `k${slot}`;
  return {
    id,
    rotationId,
    role: "primary",
    method: ringOf(3),
    slot,
    selector: `s${slot}`,
    facts,
    chain: { aliases: [], record: { name: id, text: id } },
    changedIn: 1,
    uses: undefined,
  };
}

export const requested: Rotation = { id: "r9", reason: "requested", requestedAt: 0 };
export const stateOf = (keys: ManagedKey[], changes: Partial<DomainState> = {}): DomainState => ({
  method: ringOf(3),
  algorithms: ["rsa-sha256"],
  released: false,
  keys,
  rotations: keys.map(({ rotationId }) => ({ id: rotationId, reason: "standby", requestedAt: 0 })),
  rounds: new Map(),
  signers: [],
  trustedMs: 1000,
  wallMs: 1000,
  ...changes,
});

export function roundOf(
  key: ManagedKey,
  atMs: number,
  said?: ServerAnswer["said"],
  ttlSeconds = 3600,
): ChainObservation {
  const present: ServerAnswer["said"] = {
    kind: "answer",
    authoritative: true,
    records: [{ type: "TXT", ttlSeconds, data: key.id }],
  };
  const observed = (name: string, what: ServerAnswer["said"]): NameObservation => ({
    name,
    type: "TXT",
    zone: "dkim.esp.example",
    negativeTtlSeconds: 300,
    answers: (["udp", "tcp"] as const).map((transport) => ({ address: "ns1 192.0.2.1", transport, said: what })),
  });
  const nothing: ServerAnswer["said"] = { kind: "answer", authoritative: true, records: [] };
  return {
    trustedMs: atMs,
    wallMs: atMs,
    aliases: [],
    record: observed(key.id, said ?? present),
    wildcard: observed("random", nothing),
  };
}
export const gone: ServerAnswer["said"] = { kind: "answer", authoritative: true, records: [] };
export const servfail: ServerAnswer["said"] = { kind: "unknown", reason: "SERVFAIL" };
/** At this moment with these rounds; the active key was seen just now where no round says otherwise. */
export const seenAt = (atMs: number, ...rounds: [ManagedKey, ChainObservation][]): Partial<DomainState> => ({
  rounds: new Map([
    [active.id, [roundOf(active, atMs)]],
    ...rounds.map(([key, round]): [string, ChainObservation[]] => [key.id, [round]]),
  ]),
  trustedMs: atMs,
  wallMs: atMs,
});
/** The step in one line. */
export const told = (step: Step): string =>
  step.do === "record"
    ? `record ${step.finding.kind} ${step.key.id}`
    : "key" in step
      ? `${step.do} ${step.key.id}`
      : step.do;

export const late = waitMs + 1000;
export const publishing = keyIn("publishing", 1);
export const published = keyIn("published", 1);
export const active = keyIn("active", 1);
export const standby = keyIn("ready", 2);
export const draining = keyIn("draining", 3);
export const withdrawing = keyIn("withdrawing", 3);
export const asked = (...keys: ManagedKey[]): Partial<DomainState> => ({
  rotations: [
    ...keys.map(({ rotationId }): Rotation => ({ id: rotationId, reason: "standby", requestedAt: 0 })),
    requested,
  ],
});
