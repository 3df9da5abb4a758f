import { isDestroyed, isHidden, isShown, isWanted, presenceOf, runningWait, tracesOf } from "./presence.ts";
import {
  type Block,
  firstBlock,
  type Guard,
  type Transition,
  type ZoneKeyWait,
  zoneKeyGuards,
} from "./zone-key-guard.ts";
import type { KeyTrace, ZoneKeyFinding } from "./zone-key-fact.ts";
import { cacheWaitSeconds, type ZoneKeyPolicy } from "./zone-key-policy.ts";
import { sightOf, type ZoneLook } from "./zone-look.ts";
import { type ZoneAlgorithm, type ZoneKey, type ZoneKeyRole, zoneKeyRoles, type ZoneKeysState } from "./zone-key.ts";

/** A finding about one key. `shown` and `taken` change the zone in the same transaction, and get its serial there. */
export type KeyFinding = { key: ZoneKey; finding: ZoneKeyFinding };

/** The one next thing to do for the keys of a zone. Whoever does it records the facts and asks again. */
export type ZoneKeyStep =
  | { do: "generate"; role: ZoneKeyRole; algorithm: ZoneAlgorithm }
  /** Record these facts, in one transaction, and make the zone what they say. */
  | { do: "record"; findings: readonly KeyFinding[] }
  /** Ask every server of the zone and of its parent, and come back with what they said. */
  | { do: "look" }
  | { do: "destroy"; key: ZoneKey }
  /** Nothing can be done before `untilTrustedMs` (undefined: before something changes outside). */
  | { do: "wait"; untilTrustedMs: number | undefined; waits: readonly ZoneKeyWait[] };

type Proposal = Exclude<ZoneKeyStep, { do: "wait" }> | { do: "nothing"; wait: ZoneKeyWait };

/** What was found out is written down before anything is built on it; looking comes before waiting. */
const urgency: Record<Proposal["do"], number> = { record: 0, generate: 1, destroy: 2, look: 3, nothing: 4 };

/**
 * Decides; does nothing. Every key proposes what its facts ask for; what a guard blocks becomes a look or a wait; the most urgent proposal
 * is the step.
 */
export function nextZoneKeyStep(
  state: ZoneKeysState,
  policy: ZoneKeyPolicy,
  among: readonly Guard[] = zoneKeyGuards,
): ZoneKeyStep {
  const proposals = propose({ ...state, keys: state.keys.filter((key) => !isDestroyed(key)) }, policy, among);
  const first = proposals.toSorted((a, b) => urgency[a.do] - urgency[b.do])[0];
  if (first !== undefined && first.do !== "nothing") return first;
  const waits = proposals.flatMap((proposal) => (proposal.do === "nothing" ? [proposal.wait] : []));
  const ends = waits.flatMap(({ untilTrustedMs }) => (untilTrustedMs === undefined ? [] : [untilTrustedMs]));
  return { do: "wait", untilTrustedMs: ends.length === 0 ? undefined : Math.min(...ends), waits };
}

type Context = {
  state: ZoneKeysState;
  policy: ZoneKeyPolicy;
  /** The step, or what a guard makes of it. */
  guarded: (transition: Transition, key: ZoneKey, trace: KeyTrace, step: () => Proposal) => Proposal;
};

function propose(state: ZoneKeysState, policy: ZoneKeyPolicy, among: readonly Guard[]): Proposal[] {
  for (const { keyTag, facts } of state.keys)
    for (const fact of facts)
      if (fact.kind === "unknown") {
        const reason = `key ${keyTag} carries a record of kind "${fact.name}", which this version does not know`;
        return [{ do: "nothing", wait: { for: "newer-version", keyTag, reason } }];
      }
  const context: Context = {
    state,
    policy,
    guarded: (transition, key, trace, step) => {
      const block = firstBlock(transition, { state, policy, key, trace }, among);
      return block === undefined ? step() : asProposal(block);
    },
  };
  const surprises = state.keys.flatMap((key) => tracesOf(key).flatMap((trace) => surprise(context, key, trace)));
  if (surprises.length > 0) return surprises;
  return [
    ...zoneKeyRoles.flatMap((role) => successor(context, role)),
    ...begin(context),
    ...state.keys.flatMap((key) => tracesOf(key).flatMap((trace) => note(context, key, trace))),
    ...state.keys.flatMap((key) => (isWanted(state, key) ? introduce(context, key) : retire(context, key))),
    ...watch(context),
  ];
}

const asProposal = (block: Block): Proposal => ("look" in block ? { do: "look" } : { do: "nothing", wait: block.wait });
const record = (...findings: readonly KeyFinding[]): Proposal => ({ do: "record", findings });
const shown = (key: ZoneKey, trace: KeyTrace): KeyFinding => ({
  key,
  finding: { kind: "shown", evidence: { trace, serial: 0 } },
});
const taken = (key: ZoneKey, trace: KeyTrace): KeyFinding => ({
  key,
  finding: { kind: "taken", evidence: { trace, serial: 0 } },
});

/** What was settled and is no longer so: a DS record put back or lost, a server restored from a backup. */
function surprise({ state: { look } }: Context, key: ZoneKey, trace: KeyTrace): Proposal[] {
  if (look === undefined) return [];
  const lastMs = key.facts.findLast(
    (fact) => "evidence" in fact && "trace" in fact.evidence && fact.evidence.trace === trace,
  )?.trustedMs;
  if (lastMs !== undefined && look.trustedMs < lastMs) return []; // what is recorded is newer than what was seen
  const { sight, reasons } = sightOf(look, key, trace);
  const presence = presenceOf(key, trace);
  const waits = runningWait(key, trace) !== undefined;
  const lost = (presence === "everywhere" || (presence === "appearing" && waits)) && sight !== "everywhere";
  // That a server kept silent proves nothing; that one has it, or all heard have not, does.
  const back =
    (presence === "hidden" || (presence === "vanishing" && waits)) && (sight === "everywhere" || sight === "partly");
  if ((!lost || sight === "unknown") && !back) return [];
  if (lost && sight === "partly" && !someWithout(look, key, trace)) return [];
  return [record({ key, finding: { kind: "unsettled", evidence: { trace, reasons } } })];
}

/** Whether an address that answered is without it. */
function someWithout(look: ZoneLook, key: ZoneKey, trace: KeyTrace): boolean {
  const answered = {
    ...look,
    gaps: [],
    servers: look.servers.filter(({ state }) => state === "answered"),
    parents: look.parents.filter(({ state }) => state === "answered"),
  };
  return sightOf(answered, key, trace).sight !== "everywhere";
}

/** A key to be made where a role has none that is wanted; a ZSK that has signed long enough. */
function successor({ state, policy }: Context, role: ZoneKeyRole): Proposal[] {
  if (state.goal === "unsigned") return [];
  const wanted = state.keys.find((key) => key.role === role && isWanted(state, key));
  if (wanted === undefined) return [{ do: "generate", role, algorithm: state.algorithm }];
  if (role === "ksk" || presenceOf(wanted, "signatures") !== "everywhere") return [];
  const since =
    wanted.facts.find((fact) => fact.kind === "settled" && fact.evidence.trace === "signatures")?.trustedMs ?? 0;
  const dueMs = since + policy.zskLifetimeSeconds * 1000;
  const finding: ZoneKeyFinding = { kind: "retiring", evidence: { reason: "it has signed long enough" } };
  if (state.trustedMs >= dueMs) return [record({ key: wanted, finding })];
  const reason = "signs until its successor is due";
  return [{ do: "nothing", wait: { for: "age", keyTag: wanted.keyTag, untilTrustedMs: dueMs, reason } }];
}

/** The first keys of a zone that has nothing signed: all at once, since nobody believes any of it yet. */
function begin({ state }: Context): Proposal[] {
  if (state.goal === "unsigned" || !state.keys.every(isHidden)) return [];
  const wanted = zoneKeyRoles.map((role) => state.keys.find((key) => key.role === role && isWanted(state, key)));
  const [ksk, zsk] = wanted;
  if (ksk === undefined || zsk === undefined) return [];
  return [record(shown(ksk, "dnskey"), shown(zsk, "dnskey"), shown(zsk, "signatures"))];
}

/** What the world shows of a trace that is on its way in or out. */
function note({ state, policy, guarded }: Context, key: ZoneKey, trace: KeyTrace): Proposal[] {
  const presence = presenceOf(key, trace);
  const waits = runningWait(key, trace) !== undefined;
  const { look } = state;
  const evidence = () => ({
    trace,
    seenTrustedMs: look?.trustedMs ?? state.trustedMs,
    waitSeconds: cacheWaitSeconds(trace, look, state.ttls, state.keys, policy),
    addresses: look === undefined ? [] : sightOf(look, key, trace).addresses,
  });
  const observed = () => ({ trace, observedTrustedMs: state.look?.trustedMs ?? 0 });
  switch (presence) {
    case "hidden":
    case "everywhere":
      return [];
    case "appearing":
      return waits
        ? [
            guarded("note-settled", key, trace, () =>
              record({ key, finding: { kind: "settled", evidence: observed() } }),
            ),
          ]
        : [guarded("note-seen", key, trace, () => record({ key, finding: { kind: "seen", evidence: evidence() } }))];
    case "vanishing":
      return waits
        ? [guarded("note-gone", key, trace, () => record({ key, finding: { kind: "gone", evidence: observed() } }))]
        : [
            guarded("note-unseen", key, trace, () =>
              record({ key, finding: { kind: "unseen", evidence: evidence() } }),
            ),
          ];
  }
}

/** A key that is wanted: its record, then what it does; each takes the place of what another did. */
function introduce({ state, guarded }: Context, key: ZoneKey): Proposal[] {
  if (state.keys.every(isHidden)) return [];
  const proposals: Proposal[] = [];
  const absent = (trace: KeyTrace): boolean => !isShown(key, trace);
  if (absent("dnskey")) {
    // Keys of an algorithm come together: one of them alone would ask for signatures that nobody can check.
    const together = state.keys.filter(
      (other) => isWanted(state, other) && other.algorithm === key.algorithm && !isShown(other, "dnskey"),
    );
    proposals.push(
      guarded("show-dnskey", key, "dnskey", () => record(...together.map((other) => shown(other, "dnskey")))),
    );
  }
  const others = state.keys.filter((other) => other !== key && other.role === key.role);
  if (key.role === "zsk" && absent("signatures")) {
    const replaced = others.filter((other) => other.algorithm === key.algorithm && isShown(other, "signatures"));
    proposals.push(
      guarded("show-signatures", key, "signatures", () =>
        record(shown(key, "signatures"), ...replaced.map((other) => taken(other, "signatures"))),
      ),
    );
  }
  if (key.role === "ksk" && absent("ds")) {
    const replaced = others.filter((other) => isShown(other, "ds"));
    proposals.push(
      guarded("show-ds", key, "ds", () => record(shown(key, "ds"), ...replaced.map((other) => taken(other, "ds")))),
    );
  }
  return proposals;
}

/** A key that is wanted no more. Its signatures and its DS record go when another takes over, or when the zone gives up being signed. */
function retire({ state, guarded }: Context, key: ZoneKey): Proposal[] {
  if (isHidden(key)) return [guarded("destroy", key, "dnskey", () => ({ do: "destroy", key }))];
  const proposals: Proposal[] = [];
  if (state.goal === "unsigned" && key.role === "ksk" && isShown(key, "ds")) return [record(taken(key, "ds"))];
  if (isShown(key, "dnskey")) proposals.push(guarded("take-dnskey", key, "dnskey", () => record(taken(key, "dnskey"))));
  const leaves = state.goal === "unsigned" || key.algorithm !== state.algorithm;
  if (key.role === "zsk" && isShown(key, "signatures") && leaves)
    proposals.push(guarded("take-signatures", key, "signatures", () => record(taken(key, "signatures"))));
  return proposals;
}

/** With nothing under way the servers are still asked now and then. */
function watch({ state, policy }: Context): Proposal[] {
  if (state.keys.every(isHidden)) return [];
  const dueMs = (state.look?.trustedMs ?? -Infinity) + policy.watchIntervalSeconds * 1000;
  if (state.trustedMs >= dueMs) return [{ do: "look" }];
  return [{ do: "nothing", wait: { for: "servers", untilTrustedMs: dueMs, reason: "all servers are asked again" } }];
}
