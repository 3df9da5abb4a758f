import type { KeyFact, KeyFactKind } from "./key-fact.ts";

export type KeyPhase =
  | "generated"
  | "publishing"
  | "published"
  | "ready"
  | "active"
  | "draining"
  | "withdrawing"
  | "withdrawn"
  | "revoking"
  | "revoked"
  | "silenced"
  | "destroyed"
  | "unknown";

/** The phase that begins with each kind of fact; `undefined`: the phase stays what it was. */
const phaseAfter: Record<KeyFactKind, KeyPhase | undefined> = {
  generated: "generated",
  publishing: "publishing",
  asked: undefined,
  reminded: undefined,
  superseded: undefined,
  confirmed: "published",
  lengthened: undefined,
  unconfirmed: "publishing",
  ready: "ready",
  activated: "active",
  deactivated: "draining",
  stopped: undefined,
  declared: undefined,
  recalled: undefined,
  withdrawing: "withdrawing",
  absent: undefined,
  withdrawn: "withdrawn",
  revoking: "revoking",
  emptied: undefined,
  revoked: "revoked",
  silenced: "silenced",
  discarded: undefined,
  disclosed: undefined,
  occupied: "withdrawn",
  destroyed: "destroyed",
};

/** Where a revoked key may still go. Whatever else is recorded about it, perhaps at the same moment by somebody else, leads nowhere (I-15). */
const afterRevocation: ReadonlySet<KeyPhase> = new Set([
  "revoking",
  "revoked",
  "withdrawing",
  "withdrawn",
  "destroyed",
]);

/**
 * The phase of a key: a function of what was recorded about it, never stored. Any fact of a kind this version does not
 * know makes the phase unknown: nothing is done with such a key.
 */
export function phaseOf(facts: readonly KeyFact[]): KeyPhase {
  const known = phases.get(facts);
  if (known?.count === facts.length) return known.phase;
  const phase = computed(facts);
  phases.set(facts, { phase, count: facts.length });
  return phase;
}

/** A decision asks for the same phases again and again; facts are only ever added, so a list of the same length is the same list. */
const phases = new WeakMap<readonly KeyFact[], { phase: KeyPhase; count: number }>();

function computed(facts: readonly KeyFact[]): KeyPhase {
  let phase: KeyPhase = "unknown";
  let revoked = false;
  for (const fact of facts) {
    if (fact.kind === "unknown") return "unknown";
    revoked ||= fact.kind === "revoking";
    const next: KeyPhase = phaseAfter[fact.kind] ?? phase;
    if (!revoked || afterRevocation.has(next)) phase = next;
  }
  return phase;
}

/** What a phase means to others. One row each, so that a new phase has to answer every question. */
const meaning: Record<KeyPhase, { upcoming: boolean; nameFree: boolean }> = {
  generated: { upcoming: true, nameFree: false },
  publishing: { upcoming: true, nameFree: false },
  published: { upcoming: true, nameFree: false },
  ready: { upcoming: true, nameFree: false },
  active: { upcoming: false, nameFree: false },
  draining: { upcoming: false, nameFree: false },
  withdrawing: { upcoming: false, nameFree: false }, // caches and slow servers may still have it
  withdrawn: { upcoming: false, nameFree: true },
  revoking: { upcoming: false, nameFree: false },
  revoked: { upcoming: false, nameFree: false }, // the empty p= stands for 30 days and more
  silenced: { upcoming: false, nameFree: false }, // so it does here, or the key comes back
  destroyed: { upcoming: false, nameFree: true }, // only a withdrawn key, or one never published, gets here
  unknown: { upcoming: false, nameFree: false },
};

/** On its way to sign, and never has signed since it was last made ready. */
export const isUpcoming = (phase: KeyPhase): boolean => meaning[phase].upcoming;
/** Its name may take another key. */
export const leavesNameFree = (phase: KeyPhase): boolean => meaning[phase].nameFree;
