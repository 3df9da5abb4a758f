import { type KeyFinding, latest, type TrustedMs } from "../key/key-fact.ts";
import { type KeyPhase, phaseOf } from "../key/key-phase.ts";
import type { DomainState, ManagedKey } from "../rotation/rotation-state.ts";
import type { Seconds } from "../seconds.ts";
import type { TimingPolicy } from "../rotation/timing-policy.ts";

type Request = "publish" | "remove" | "revoke";

/** What the customer is asked to do about the record of a key that it keeps, with the time it may take (I-21). */
export const askedNow = (request: "publish" | "remove", policy: TimingPolicy): KeyFinding => ({
  kind: "asked",
  evidence: { request, actionSeconds: policy.customerActionSeconds },
});

const requests: Partial<Record<KeyPhase, Request>> = {
  publishing: "publish",
  withdrawing: "remove",
  revoking: "revoke",
};

/** The request that is open: of a key whose record is waited for, or waited for to go. */
export function openRequest({
  facts,
}: Pick<ManagedKey, "facts">):
  | { request: Request; at: Seconds; trustedMs: TrustedMs; actionSeconds: Seconds; reminders: number }
  | undefined {
  const request = requests[phaseOf(facts)];
  // That a key is revoked asks by itself, of a customer who was asked to publish it.
  const known = latest(facts, "asked");
  const asked = request === "revoke" ? latest(facts, "revoking") : known;
  if (asked === undefined || known === undefined || request === undefined) return undefined;
  if (request !== "revoke" && known.evidence.request !== request) return undefined;
  const { actionSeconds } = known.evidence;
  const reminders = facts.slice(facts.indexOf(asked)).filter(({ kind }) => kind === "reminded").length;
  return { request, at: asked.at, trustedMs: asked.trustedMs, actionSeconds, reminders };
}

/** The first reminder comes when the time is over, the second when it is over three times, each further one after ten times more. */
const reminderAfter = (count: number): number => (count < 3 ? [1, 3, 10][count]! : 10 * (count - 1));

/** The reminder that is due, or when it will be. Undefined: nothing is asked. */
export function reminderOf(
  state: DomainState,
  key: ManagedKey,
): { finding: KeyFinding } | { untilTrustedMs: TrustedMs; reason: string } | undefined {
  const open = openRequest(key);
  if (open === undefined) return undefined;
  const { request, trustedMs, actionSeconds, reminders } = open;
  const untilTrustedMs = trustedMs + reminderAfter(reminders) * actionSeconds * 1000;
  if (state.trustedMs >= untilTrustedMs)
    return { finding: { kind: "reminded", evidence: { request, count: reminders + 1 } } };
  const reason =
    request === "publish"
      ? "the customer was asked to publish its record, and is reminded then"
      : "the customer was asked to remove its record, and is reminded then";
  return { untilTrustedMs, reason };
}

/**
 * How pressing a request is. A record to be published is a rotation that rests, or a domain that cannot sign. A record to be removed shows
 * a key whose private half is gone, or will be.
 */
export function urgencyOf(
  request: "publish" | "remove",
  actionSeconds: Seconds,
  waitedSeconds: Seconds,
): "low" | "medium" | "high" {
  if (waitedSeconds < actionSeconds) return "low";
  if (request === "remove") return waitedSeconds < 10 * actionSeconds ? "low" : "medium";
  return waitedSeconds < 3 * actionSeconds ? "medium" : "high";
}
