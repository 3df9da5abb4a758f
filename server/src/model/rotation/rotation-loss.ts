import type { ChainObservation } from "./chain-observation.ts";
import { judgeRound, reasonsOf, type Expectation, spacedApart } from "./confirm.ts";
import { latest } from "../key/key-fact.ts";
import { isEmptied, isKeyLike, revokedTextOf } from "../key/key-revocation.ts";
import { holdsKey } from "../delegation/kept-record.ts";
import type { TrustedMs } from "../key/key-fact.ts";
import {
  broughtAs,
  type DomainState,
  isKeptByCustomer,
  isKeptByUs,
  type ManagedKey,
  phaseOfKey,
  roundsOf,
} from "./rotation-state.ts";
import type { TimingPolicy } from "./timing-policy.ts";

// What the rounds show that nobody here intended: records lost or put back, and keys that the platform does not know.

/** What a key's record should look like, by what was last done about it. A key that is not yet published has to find its name empty. */
export function expectationOf(key: ManagedKey): Expectation {
  switch (phaseOfKey(key)) {
    case "generated":
    case "withdrawing":
    case "destroyed":
      return "absent";
    case "withdrawn":
      return "gone";
    case "revoking":
    case "revoked":
    case "silenced":
      return isKeptByUs(key) ? "revoked" : "unusable";
    case "publishing":
    case "published":
    case "ready":
    case "active":
    case "draining":
    case "unknown":
      return "present";
  }
}

/** The TXT records that any server gave at the place of a key's own record. */
const textsAt = (round: ChainObservation): string[] =>
  round.record.answers.flatMap(({ said }) =>
    said.kind === "answer" ? said.records.filter(({ type }) => type === "TXT").map(({ data }) => data) : [],
  );

/**
 * Why a key cannot be used any more: every server of ours was asked, each one answered, and none has its record. One server that came back
 * with an old zone is not that, nor an alias or a delegation that the customer took away (F-32), nor a record that the customer keeps.
 */
export function missingEverywhere(state: DomainState, key: ManagedKey): readonly string[] | undefined {
  const round = roundsOf(state, key).at(-1);
  if (round === undefined || isKeptByCustomer(key)) return undefined;
  const { verdict, objections } = judgeRound(round, key.chain, "present");
  const { answers } = round.record;
  const reached = objections.every(({ name }) => name === key.chain.record.name || name === round.wildcard.name);
  const denied = answers.every(
    ({ said }) =>
      said.kind === "answer" && said.authoritative && said.records.every(({ data }) => data !== key.chain.record.text),
  );
  if (verdict !== "wrong" || !reached || answers.length === 0 || !denied) return undefined;
  return reasonsOf({ verdict, objections, steps: [], addresses: [] });
}

/** Why a key that signs does so in vain for some receivers: as many rounds as a confirmation takes, the latest, saw it missing or wrong. */
export function lossSeen(state: DomainState, policy: TimingPolicy, key: ManagedKey): readonly string[] | undefined {
  const run = roundsWithout(state, key);
  const last = run.at(-1);
  if (last === undefined || spacedApart(run, policy.confirmGapSeconds * 1000) < policy.confirmRounds) return undefined;
  return reasonsOf(judgeRound(last, key.chain, "present"));
}

/** Since when rounds see a key missing or wrong; 0: the latest does not. A server that lost it may have lost another, whatever was seen before. */
export const missingSinceMs = (state: DomainState, key: ManagedKey): TrustedMs =>
  roundsWithout(state, key)[0]?.trustedMs ?? 0;

/** The latest rounds, if they saw the key missing or wrong. */
function roundsWithout(state: DomainState, key: ManagedKey): readonly ChainObservation[] {
  const rounds = roundsOf(state, key);
  return rounds.slice(rounds.findLastIndex((round) => judgeRound(round, key.chain, "present").verdict !== "wrong") + 1);
}

/**
 * Whether DNS says that the key is revoked though nothing here does: a backup from before was restored, or its customer, who keeps the
 * record, has said so. Every server has to say it, over both transports: one that came back with an old zone, or an answer that somebody
 * forged, must not end a key for ever.
 */
export function isRevokedInDns(state: DomainState, key: ManagedKey): boolean {
  const round = roundsOf(state, key).at(-1);
  if (round === undefined || round.record.answers.length === 0) return false;
  const { text } = key.chain.record;
  const says = (seen: string): boolean => isEmptied(seen) && (!isKeptByUs(key) || seen === revokedTextOf(text));
  return round.record.answers.every(({ transport, said }) => {
    if (said.kind === "truncated") return transport === "udp"; // TCP then says it
    if (said.kind === "unknown" || !said.authoritative) return false;
    const texts = said.records.filter(({ type }) => type === "TXT");
    return texts.length > 0 && texts.every(({ data }) => says(data));
  });
}

/**
 * Whether a record that is to go was seen gone, and not there once more since: a customer may do late what it was asked for first, and a
 * server may come back old. Then it is waited for anew, and its customer reminded.
 */
export function isSeenGone(state: DomainState, key: ManagedKey): boolean {
  const absent = latest(key.facts, "absent");
  if (absent === undefined) return false;
  const later = roundsOf(state, key).filter(({ trustedMs }) => trustedMs > absent.trustedMs);
  return later.every((round) => judgeRound(round, key.chain, "absent").verdict !== "wrong");
}

/** The keys that stand where a new one is to go and that nothing here knows: a backup was restored, and has forgotten them (I-22). */
export function strangersAt(state: DomainState, key: ManagedKey): readonly string[] {
  const round = roundsOf(state, key).at(-1);
  // Whoever brought a key and publishes it was asked about its name then.
  if (round === undefined || (isKeptByCustomer(key) && broughtAs(key) !== undefined)) return [];
  const texts = new Set(textsAt(round).filter(isKeyLike));
  if (texts.size === 0) return [];
  const known = state.keys
    .filter(({ chain }) => chain.record.name === key.chain.record.name)
    .flatMap(({ chain }) => [chain.record.text, revokedTextOf(chain.record.text)]);
  return [...texts].filter(
    (seen) => !known.includes(seen) && !(isKeptByCustomer(key) && holdsKey(key.chain.record.text, [seen])),
  );
}
