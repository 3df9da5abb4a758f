import type { ChainObservation, NameObservation } from "./chain-observation.ts";
import type { ExpectedChain } from "../delegation/delegation.ts";
import { holdsKey } from "../delegation/kept-record.ts";
import { type KeyFinding, latest } from "../key/key-fact.ts";
import { type ManagedKey, roundsOf, type DomainState } from "./rotation-state.ts";
import { positiveTtlMaxSeconds, type StepTtls } from "./timing-policy.ts";
import type { Seconds } from "../seconds.ts";

// What stood at the names of a key before it did: P is the longest TTL of anything that caches may still hold, not of what is there now.

type Seen = { type: string; data: string };
/** What stood at a name, and how long whoever asked then may keep it. */
type Before = { zone: string; positiveTtlSeconds: Seconds };

/** What the last round found in the way, if caches may keep it for longer than anything known of its zone (S15, S17). */
export function supersededNow(state: DomainState, key: ManagedKey): KeyFinding | undefined {
  const round = roundsOf(state, key).at(-1);
  if (round === undefined) return undefined;
  const longer = othersIn(round, key.chain).find(
    ({ zone, positiveTtlSeconds }) => positiveTtlSeconds > knownTtl(key, zone),
  );
  return longer && { kind: "superseded", evidence: longer };
}

/** The records that are not those of the chain, wherever any server gave one. */
function othersIn(round: ChainObservation, { aliases, record, delegation }: ExpectedChain): Before[] {
  const isOurs = ({ data }: Seen): boolean =>
    data === record.text || (record.keptBy !== undefined && holdsKey(record.text, [data]));
  return [
    ...aliases.flatMap(({ name, target }) => {
      const seen = round.aliases.find((one) => one.name === name);
      return before(seen, ({ type, data }) => type === "CNAME" && data === target);
    }),
    ...before(round.delegation, ({ data }) => delegation?.hosts.includes(data) === true),
    ...before(round.record, isOurs),
  ];
}

function before(seen: NameObservation | undefined, isExpected: (record: Seen) => boolean): Before[] {
  if (seen === undefined || seen.zone === "") return [];
  const ttls = seen.answers.flatMap(({ said }) =>
    said.kind === "answer" ? said.records.flatMap((one) => (isExpected(one) ? [] : [one.ttlSeconds])) : [],
  );
  const positiveTtlSeconds = Math.min(Math.max(0, ...ttls), positiveTtlMaxSeconds);
  return positiveTtlSeconds === 0 ? [] : [{ zone: seen.zone, positiveTtlSeconds }];
}

/** Of our own zone what we served there counts anyway. */
function knownTtl(key: ManagedKey, zone: string): Seconds {
  const publishing = latest(key.facts, "publishing")?.evidence;
  const silenced = latest(key.facts, "silenced")?.evidence;
  const served = [publishing, silenced].map((one) => (one?.zone === zone ? one.recordTtlSeconds : 0));
  const seen = supersededOf(key).map((one) => (one.zone === zone ? one.positiveTtlSeconds : 0));
  return Math.max(0, ...served, ...seen);
}

const supersededOf = (key: ManagedKey): Before[] =>
  key.facts.flatMap((fact) => (fact.kind === "superseded" ? [fact.evidence] : []));

export const wasSuperseded = (key: ManagedKey): boolean => supersededOf(key).length > 0;

/** The steps as measured, each with the longest TTL of what was there before. */
export function withFormerTtls(key: ManagedKey, steps: readonly StepTtls[]): StepTtls[] {
  const former = supersededOf(key);
  const elsewhere = former.filter(({ zone }) => !steps.some((step) => step.zone === zone));
  return [
    ...steps.map((step) => ({
      ...step,
      positiveTtlSeconds: Math.max(
        step.positiveTtlSeconds,
        ...former.map(({ zone, positiveTtlSeconds }) => (zone === step.zone ? positiveTtlSeconds : 0)),
      ),
    })),
    ...elsewhere,
  ];
}
