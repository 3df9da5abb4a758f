import { isMethodName, methodOf } from "../delegation/delegation-methods.ts";
import { type KeyFact, latest, readFact } from "../key/key-fact.ts";
import { type KeyPhase, phaseOf } from "../key/key-phase.ts";
import type { RollEntry } from "./entry.ts";

/** A key's life up to an entry, and whether its claim was in force then. */
type Life = { facts: readonly KeyFact[]; phase: KeyPhase; inForce: boolean };

/** What must hold before an entry of one of these kinds, and the invariant of safety.md §3.4 that it shows. */
type LifeRule = {
  code: string;
  on: readonly string[] | "any";
  broken: (life: Life, entry: RollEntry, fact: KeyFact) => string | undefined;
};

const has = ({ facts }: Life, ...kinds: readonly string[]): boolean => facts.some(({ kind }) => kinds.includes(kind));
/** Not "less than": what is not a number keeps no rule. */
const reached = (entry: RollEntry, endsMs: number): boolean => (entry.trustedMs ?? NaN) >= endsMs;

/** The rules of a key's life that can be seen from the record alone. */
export const lifeRules: readonly LifeRule[] = [
  {
    code: "begins-with-making",
    on: "any",
    broken: ({ facts }, { kind }) =>
      facts.length === 0 && !["generated", "imported"].includes(kind) ? `its record begins with "${kind}"` : undefined,
  },
  {
    code: "over-is-over",
    on: "any",
    broken: (life, { kind }) => (has(life, "destroyed") ? `"${kind}" after its private half was destroyed` : undefined),
  },
  {
    code: "I-2 ready-after-its-wait",
    on: ["ready"],
    broken: ({ facts, phase }, entry) => {
      const confirmed = latest(facts, "confirmed");
      if (phase !== "published" || confirmed === undefined) return "called ready without having been seen everywhere";
      const from = facts.lastIndexOf(confirmed);
      const waits = facts
        .slice(from)
        .flatMap((fact) =>
          fact.kind === "confirmed" || fact.kind === "lengthened" ? [fact.evidence.waitSeconds] : [],
        );
      return reached(entry, confirmed.evidence.seenTrustedMs + Math.max(...waits) * 1000)
        ? undefined
        : "called ready before its wait had ended";
    },
  },
  {
    code: "I-1 signs-after-it-was-seen",
    on: ["activated"],
    broken: ({ phase }) =>
      phase === "ready" || phase === "draining" ? undefined : `began to sign while ${phase}: nobody had seen it ready`,
  },
  {
    code: "I-14 signs-for-a-claim-in-force",
    on: ["activated"],
    broken: ({ inForce }) => (inForce ? undefined : "began to sign while the claim was not in force"),
  },
  {
    code: "I-15 revoked-is-final",
    on: ["publishing", "confirmed", "ready", "activated", "disclosed"],
    broken: (life, { kind }) => (has(life, "revoking", "revoked") ? `"${kind}" after it was revoked` : undefined),
  },
  {
    code: "I-3 withdrawn-after-its-drain",
    on: ["withdrawing"],
    broken: (life, entry) => {
      if (has(life, "revoking", "revoked")) return undefined;
      const declared = latest(life.facts, "declared");
      if (declared !== undefined) {
        const { lastUseTrustedMs, drainSeconds } = declared.evidence;
        if (!reached(entry, lastUseTrustedMs + drainSeconds * 1000))
          return "withdrawn while mail that others signed with it could be on its way";
      }
      if (!has(life, "activated")) return undefined;
      const from = life.facts.findLastIndex(({ kind }) => kind === "deactivated");
      const deactivated = latest(life.facts, "deactivated");
      if (deactivated === undefined || life.phase !== "draining") return "withdrawn while it signed";
      const stopped = latest(life.facts.slice(from), "stopped") ?? deactivated;
      const endsMs = stopped.evidence.lastUseTrustedMs + deactivated.evidence.drainSeconds * 1000;
      return reached(entry, endsMs) && entry.trustedMs !== endsMs
        ? undefined
        : "withdrawn while mail signed with it could be on its way";
    },
  },
  {
    code: "withdrawn-after-caches-forgot",
    on: ["withdrawn"],
    broken: ({ facts, phase }, entry) => {
      const absent = latest(facts, "absent");
      if (phase !== "withdrawing" || absent === undefined)
        return "called gone without having been seen gone everywhere";
      return reached(entry, absent.evidence.seenTrustedMs + absent.evidence.waitSeconds * 1000)
        ? undefined
        : "called gone while caches could still hold it";
    },
  },
  {
    code: "I-19 disclosed-when-forgotten",
    on: ["disclosed"],
    broken: ({ facts, phase }, entry) => {
      const absent = latest(facts, "absent")?.evidence;
      if (phase !== "withdrawn" || absent === undefined) return "made public before it was withdrawn";
      if (latest(facts, "generated")?.evidence.brought !== undefined) return "made public, and the customer brought it";
      const waitSeconds = absent.waitSeconds + (absent.staleSeconds ?? 0);
      return reached(entry, absent.seenTrustedMs + waitSeconds * 1000)
        ? undefined
        : "made public while caches could still hold its record";
    },
  },
  {
    code: "I-18 destroyed-when-unused",
    on: ["destroyed"],
    broken: ({ phase }) => (phase === "active" ? "destroyed while it signed" : undefined),
  },
];

export type LifeViolation = { seq: number; about: string; code: string; detail: string };

/** Everything in a chain that a key's life may not contain, in order; and the kinds that this version knows nothing of. */
export function judgeLives(entries: readonly RollEntry[]): { violations: LifeViolation[]; unknownKinds: string[] } {
  const violations: LifeViolation[] = [];
  const unknownKinds = new Set<string>();
  const lives = new Map<string, { role: string; facts: KeyFact[] }>();
  const claim = { verified: false, suspended: false, released: false };
  for (const [index, entry] of entries.entries()) {
    const { seq, about, kind, at, trustedMs, evidence } = entry;
    if (about === "claim") {
      noteClaim(claim, entry);
      continue;
    }
    const fact = readFact({ kind, at, trustedMs: trustedMs ?? NaN, evidence });
    if (fact.kind === "unknown") {
      unknownKinds.add(kind);
      continue;
    }
    const life = lives.get(about) ?? { role: entry.key?.role ?? "", facts: [] };
    lives.set(about, life);
    const inForce = claim.verified && !claim.suspended && !claim.released;
    const state: Life = { facts: life.facts, phase: phaseOf(life.facts), inForce };
    for (const rule of lifeRules) {
      const applies = rule.on === "any" || rule.on.includes(kind);
      const detail = applies ? rule.broken(state, entry, fact) : undefined;
      if (detail !== undefined) violations.push({ seq, about, code: rule.code, detail });
    }
    life.facts.push(fact);
    const twins = [...lives].filter(([, one]) => one.role === life.role && phaseOf(one.facts) === "active");
    // The two halves of a switch are two entries of one transaction, in either order.
    const next = entries[index + 1];
    const completes = next?.kind === "deactivated" && twins.some(([id]) => id === next.about);
    if (kind === "activated" && twins.length > 1 && !completes)
      violations.push({
        seq,
        about,
        code: "I-5 one-key-signs",
        detail: "began to sign while another of its role signed on",
      });
  }
  return { violations, unknownKinds: [...unknownKinds].sort() };
}

function noteClaim(
  claim: { verified: boolean; suspended: boolean; released: boolean },
  { kind, evidence }: RollEntry,
): void {
  const { method } = evidence;
  // Some claims are in force by the operator's word, without a proof of the customer's.
  if (kind === "begun" && typeof method === "string" && isMethodName(method) && methodOf(method).proof === "operator")
    claim.verified = true;
  if (kind === "verified") claim.verified = true;
  if (kind === "suspended") claim.suspended = true;
  if (kind === "resumed") claim.suspended = false;
  if (kind === "released") claim.released = true;
}
