import type { ClaimFact } from "./claim-fact.ts";
import { standingOf } from "./claim-clock.ts";
import type { Finding } from "../finding.ts";

/** What is said of a claim as a whole, and of nobody else by name. One row a code; docs/ownership.md has the same. */
export const claimCodes = {
  ClaimedElsewhere: {
    severity: "high",
    summary: "the domain is already verified elsewhere",
    remedy: "ask whoever runs this Chancery; the domain can have one holder at a time",
  },
  DomainClosed: {
    severity: "high",
    summary: "whoever holds a domain above has closed it to claims of others",
    remedy: "ask the holder of the domain above to open it: chancery domain unlock",
  },
  OwnershipTokenGone: {
    severity: "high",
    summary: "the proof of control is gone; mail is still signed",
    remedy: "publish the TXT record of the proof again; without it the domain will be suspended",
  },
  OwnershipAtRisk: {
    severity: "critical",
    summary: "the proof of control has been gone for days; the domain is about to be suspended",
    remedy: "publish the TXT record of the proof again, now",
  },
  ClaimSuspended: {
    severity: "critical",
    summary:
      "suspended: the proof of control is gone, nothing is signed, and the records say that the keys are revoked",
    remedy:
      "publish the TXT record of the proof again: the keys are then published again and sign once they were seen everywhere",
  },
  VerifiedBelow: {
    severity: "info",
    summary: "somebody else has proven control of a name below",
    remedy: "nothing, if you know of it; chancery domain lock keeps others from claiming further names below",
  },
} as const satisfies Record<string, Pick<Finding, "severity" | "summary" | "remedy">>;

export const claimFinding = (code: keyof typeof claimCodes, subject: string, evidence: readonly string[]): Finding => ({
  code,
  ...claimCodes[code],
  subject,
  evidence: [...evidence],
});

/** What the recorded life of a proof says at this moment; `time`: how a moment is told, from epoch seconds. */
export function proofFinding(
  domain: string,
  facts: readonly ClaimFact[],
  time: (at: number) => string,
): Finding | undefined {
  const now = standingOf(facts);
  if (now.standing === "missing") {
    const { at, evidence } = now.missed;
    const left = `suspended ${evidence.suspendSeconds} seconds after that, if it is still gone then`;
    const seen = [`gone since ${time(at)}`, left, ...evidence.reasons];
    return claimFinding(now.warned ? "OwnershipAtRisk" : "OwnershipTokenGone", domain, seen);
  }
  if (now.standing !== "suspended") return undefined;
  const since = facts.findLast(({ kind }) => kind === "suspended")?.at ?? 0;
  return claimFinding("ClaimSuspended", domain, [
    `suspended since ${time(since)}`,
    ...(now.missed === undefined ? [] : [`gone since ${time(now.missed.at)}`, ...now.missed.evidence.reasons]),
  ]);
}
