import type { ClaimFact, ClaimFactKind, ClaimFinding } from "./claim-fact.ts";
import type { ProofSight } from "./claim-proof.ts";
import type { TrustedMs } from "../key/key-fact.ts";
import type { TimingPolicy } from "../rotation/timing-policy.ts";

/** How a claim stands by what was recorded of it. `missing`: the proof is gone, and what that leads to runs. */
export type ClaimStanding =
  | { standing: "unproven" | "in-force" | "released" | "unknown" }
  | { standing: "missing"; missed: Missed; warned: boolean }
  | { standing: "suspended"; missed: Missed | undefined; sinceTrustedMs: TrustedMs };

export type Missed = Extract<ClaimFact, { kind: "missed" }>;

/** The standing of a claim: a function of its facts, never stored. A fact of an unknown kind makes it unknown: nothing is done. */
export function standingOf(facts: readonly ClaimFact[]): ClaimStanding {
  let now = { standing: "unproven" } as ClaimStanding;
  for (const fact of facts) {
    switch (fact.kind) {
      case "unknown":
        return { standing: "unknown" };
      case "proven":
      case "found":
      case "reinstated":
        now = { standing: "in-force" };
        break;
      case "missed":
        now = { standing: "missing", missed: fact, warned: false };
        break;
      case "warned":
        if (now.standing === "missing") now = { ...now, warned: true };
        break;
      case "suspended":
        now = {
          standing: "suspended",
          missed: now.standing === "missing" ? now.missed : undefined,
          sinceTrustedMs: fact.trustedMs,
        };
        break;
      case "released":
        return { standing: "released" };
    }
  }
  return now;
}

type Policy = Pick<TimingPolicy, "claimWarnAfterSeconds" | "claimSuspendAfterSeconds" | "claimReleaseAfterSeconds">;

/**
 * What a look at the proof adds to what is known of a claim; undefined: nothing. Each step needs its wait to be over on the
 * trusted clock, and a look that sees the proof gone after that (I-11). A look that says nothing changes nothing (I-12).
 */
export function claimFindingOf(
  facts: readonly ClaimFact[],
  look: ProofSight,
  trustedMs: TrustedMs,
  policy: Policy,
): ClaimFinding | undefined {
  const { addresses, reasons } = look;
  const now = standingOf(facts);
  switch (now.standing) {
    case "released":
    case "unknown":
      return undefined;
    case "unproven":
      return look.sight === "everywhere" ? { kind: "proven", evidence: { addresses } } : undefined;
    case "in-force":
      return look.sight === "absent" ? missedNow(look, trustedMs, policy) : undefined;
    case "missing": {
      if (look.sight === "everywhere" || look.sight === "present") return { kind: "found", evidence: { addresses } };
      if (look.sight !== "absent") return undefined;
      const { seenTrustedMs, suspendSeconds, warnSeconds } = now.missed.evidence;
      const over = (seconds: number): boolean => trustedMs >= seenTrustedMs + seconds * 1000;
      if (now.warned && over(suspendSeconds)) return { kind: "suspended", evidence: { reasons } };
      return !now.warned && over(warnSeconds) ? { kind: "warned", evidence: { reasons } } : undefined;
    }
    case "suspended": {
      if (look.sight === "everywhere") return { kind: "reinstated", evidence: { addresses } };
      const releaseSeconds = now.missed?.evidence.releaseSeconds;
      if (look.sight !== "absent" || releaseSeconds === undefined) return undefined;
      const over = trustedMs >= now.sinceTrustedMs + releaseSeconds * 1000;
      return over ? { kind: "released", evidence: { reason: "proof-gone" } } : undefined;
    }
  }
}

/** The waits are fixed here, for good: a policy that is changed later is for the next time (I-21). */
function missedNow({ reasons }: ProofSight, seenTrustedMs: TrustedMs, policy: Policy): ClaimFinding {
  return {
    kind: "missed",
    evidence: {
      seenTrustedMs,
      reasons,
      warnSeconds: policy.claimWarnAfterSeconds,
      suspendSeconds: policy.claimSuspendAfterSeconds,
      releaseSeconds: Math.max(0, policy.claimReleaseAfterSeconds - policy.claimSuspendAfterSeconds),
    },
  };
}

/** What a recorded fact means for the claim's own row. The others are only remembered. */
export const rowChangeOf: Partial<Record<ClaimFactKind, "verify" | "suspend" | "lift" | "release">> = {
  proven: "verify",
  suspended: "suspend",
  reinstated: "lift",
  released: "release",
};

/**
 * Whether a signer may go by this claim: the last look at its proof, whatever it brought, is no older than the limit. A
 * silence of the customer's servers takes nothing away (F-30); that nobody looks any more does. Null: no look is recorded,
 * as of a claim that an earlier version verified.
 */
export const isLookedAfter = (lookedMs: TrustedMs | null, trustedMs: TrustedMs, limitSeconds: number): boolean =>
  lookedMs === null || trustedMs - lookedMs <= limitSeconds * 1000;
