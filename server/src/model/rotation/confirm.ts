import type { ChainObservation, NameObservation, ServerAnswer } from "./chain-observation.ts";
import type { ExpectedChain } from "../delegation/delegation.ts";
import { holdsKey, keptRecordProblem } from "../delegation/kept-record.ts";
import type { TrustedMs } from "../key/key-fact.ts";
import { isEmptied, isKeyLike, revokedTextOf } from "../key/key-revocation.ts";
import type { StepTtls, TimingPolicy } from "./timing-policy.ts";

/** What speaks against a round, with the address that said it. `unknown` is neither presence nor absence (I-12). */
export type Objection = {
  weight: "wrong" | "unknown";
  name: string;
  address: string;
  problem: string;
  /** What is there is refused by whoever validates DNSSEC. */
  bogus?: true;
};

/** One round, judged against what should be there. */
export type RoundVerdict = {
  verdict: "agreed" | "wrong" | "unknown";
  objections: readonly Objection[];
  steps: readonly StepTtls[];
  addresses: readonly string[];
};

/** Whether a name's record was seen, or seen gone, by round after round. */
export type Confirmation =
  | { state: "confirmed"; seenTrustedMs: TrustedMs; latest: ChainObservation; round: RoundVerdict }
  | { state: "not-yet" | "unknown"; reasons: readonly string[] };

/**
 * What the record of a key should be. `revoked`: the empty `p=` that we put there. `unusable`: nothing that verifies a signature, in
 * whatever words; where the customer keeps the record. `gone`: absent, but for what another key has put there since.
 */
export type Expectation = "present" | "absent" | "gone" | "revoked" | "unusable";

/**
 * CONFIRM: the latest `confirmRounds` rounds, each `confirmGapSeconds` or more after the one before, all agree. A round
 * that does not agree starts the count again. The record was everywhere (or nowhere) since the first round of that run.
 */
export function confirm(
  rounds: readonly ChainObservation[],
  chain: ExpectedChain,
  expectation: Expectation,
  policy: TimingPolicy,
): Confirmation {
  const last = rounds.at(-1);
  if (last === undefined) return { state: "not-yet", reasons: ["not asked yet"] };
  const lastVerdict = judgeRound(last, chain, expectation);
  if (lastVerdict.verdict !== "agreed") {
    const state = lastVerdict.verdict === "wrong" ? "not-yet" : "unknown";
    return { state, reasons: reasonsOf(lastVerdict) };
  }
  const before = rounds.findLastIndex((round) => judgeRound(round, chain, expectation).verdict !== "agreed");
  const run = rounds.slice(before + 1);
  const spaced = spacedApart(run, policy.confirmGapSeconds * 1000);
  const first = run[0];
  if (first === undefined || spaced < policy.confirmRounds) {
    return { state: "not-yet", reasons: [`seen in ${spaced} of ${policy.confirmRounds} rounds`] };
  }
  return { state: "confirmed", seenTrustedMs: first.trustedMs, latest: last, round: lastVerdict };
}

/** How many rounds of a run count, if only those count that follow the last counted one by the gap. */
export function spacedApart(run: readonly ChainObservation[], gapMs: number): number {
  let counted = 0;
  let countedMs = -Infinity;
  for (const round of run) {
    if (round.trustedMs - countedMs < gapMs) continue;
    counted++;
    countedMs = round.trustedMs;
  }
  return counted;
}

/** One decision asks for the same verdicts again and again, and a round is never edited. */
const verdicts = new WeakMap<
  ChainObservation,
  { chain: ExpectedChain; by: Partial<Record<Expectation, RoundVerdict>> }
>();

/** One round: every address, over both transports, says with authority exactly what is expected. */
export function judgeRound(round: ChainObservation, chain: ExpectedChain, expectation: Expectation): RoundVerdict {
  let known = verdicts.get(round);
  if (known?.chain !== chain) verdicts.set(round, (known = { chain, by: {} }));
  return (known.by[expectation] ??= judged(round, chain, expectation));
}

function judged(round: ChainObservation, chain: ExpectedChain, expectation: Expectation): RoundVerdict {
  const objections = objectionsTo[expectation](round, chain);
  const names = [...round.aliases, ...(round.delegation === undefined ? [] : [round.delegation]), round.record];
  return {
    verdict: objections.some(({ weight }) => weight === "wrong")
      ? "wrong"
      : objections.length > 0
        ? "unknown"
        : "agreed",
    objections,
    steps: names.map(ttlsOf),
    addresses: [...new Set(names.flatMap(({ answers }) => answers.map(({ address }) => address)))],
  };
}

function objectionsToPresence(round: ChainObservation, chain: ExpectedChain): Objection[] {
  const objections = chain.aliases.flatMap((alias) =>
    ask(
      round.aliases.find(({ name }) => name === alias.name),
      alias.name,
      (data) => exactly(data, "CNAME", [alias.target]),
    ),
  );
  const { delegation } = chain;
  if (delegation !== undefined) {
    // The parent refers to us; only the child's own servers answer with authority (RFC 1034 §4.2.1).
    objections.push(
      ...ask(round.delegation, delegation.name, (data) => exactly(data, "NS", delegation.hosts), { referral: true }),
    );
  }
  // Where the way to it is broken, the record was not reached: that says nothing more.
  if (objections.length === 0) {
    objections.push(...ask(round.record, chain.record.name, (data) => differs(data, chain.record)));
  }
  objections.push(
    ...ask(round.wildcard, round.wildcard.name, (data) =>
      data.length === 0 ? undefined : "answers for a name nobody made: a wildcard stands in the way",
    ),
  );
  return objections;
}

/** For absence only our own record counts: an alias that leads to nothing, or is gone, shows nobody a key. */
const objectionsToAbsence =
  (othersMay: "another-may-be-there" | "nothing-may-be-there") =>
  (round: ChainObservation, chain: ExpectedChain): Objection[] =>
    ask(round.record, chain.record.name, (data) => {
      // Where the customer keeps the record, revoking the key or putting another record there takes it away as well.
      const { keptBy, text } = chain.record;
      const isAlone = keptBy === undefined && othersMay === "nothing-may-be-there";
      const gone = !isAlone ? !data.some((record) => holdsKey(text, [record.data])) : data.length === 0;
      return gone ? undefined : "still has a record";
    });

/** For revocation too only our own record counts. */
const objectionsToRevocation = (round: ChainObservation, chain: ExpectedChain): Objection[] =>
  ask(round.record, chain.record.name, (data) => exactly(data, "TXT", [revokedTextOf(chain.record.text)]));

const objectionsToUse = (round: ChainObservation, chain: ExpectedChain): Objection[] =>
  ask(round.record, chain.record.name, (data) =>
    data.every((record) => isEmptied(record.data) || !isKeyLike(record.data)) ? undefined : "still has a key",
  );

const objectionsTo: Record<Expectation, (round: ChainObservation, chain: ExpectedChain) => Objection[]> = {
  present: objectionsToPresence,
  absent: objectionsToAbsence("nothing-may-be-there"),
  gone: objectionsToAbsence("another-may-be-there"),
  revoked: objectionsToRevocation,
  unusable: objectionsToUse,
};

type Found = readonly { type: string; data: string }[];

/** The objections of every address to what one name should answer. */
function ask(
  observed: NameObservation | undefined,
  name: string,
  problemOf: (found: Found) => string | undefined,
  { referral = false }: { referral?: boolean } = {},
): Objection[] {
  if (observed === undefined || observed.name !== name || observed.answers.length === 0) {
    return [{ weight: "unknown", name, address: "", problem: "no authoritative server could be found" }];
  }
  const objections = observed.answers.flatMap((answer): Objection[] => {
    const { said } = answer;
    const where = { name, address: `${answer.address} (${answer.transport})` };
    if (said.kind === "unknown")
      return [{ weight: "unknown", ...where, problem: said.reason, ...(said.bogus && { bogus: true }) }];
    if (said.kind === "truncated" && answer.transport === "udp") return [];
    if (said.kind === "truncated") return [{ weight: "unknown", ...where, problem: "truncates its answer" }];
    if (!said.authoritative && !referral)
      return [{ weight: "unknown", ...where, problem: "answers without authority" }];
    const problem = problemOf(said.records);
    return problem === undefined ? [] : [{ weight: "wrong", ...where, problem }];
  });
  return referral ? objections : [...objections, ...missingTransports(observed.answers, name)];
}

/** A record that only UDP or only TCP brings fails for whoever needs the other (2048-bit keys often need TCP). */
function missingTransports(answers: readonly ServerAnswer[], name: string): Objection[] {
  return [...new Set(answers.map(({ address }) => address))].flatMap((address) =>
    (["udp", "tcp"] as const)
      .filter((transport) => !answers.some((answer) => answer.address === address && answer.transport === transport))
      .map((transport) => ({ weight: "unknown" as const, name, address, problem: `was not asked over ${transport}` })),
  );
}

/** Our own record has to be what we published; one that the customer keeps, a record of the same key. */
function differs(found: Found, { text, keptBy }: ExpectedChain["record"]): string | undefined {
  const other = exactly(found, "TXT", [text]);
  if (other === undefined || keptBy === undefined || found.length === 0) return other;
  if (found.some(({ type }) => type !== "TXT")) return other;
  return keptRecordProblem(
    text,
    found.map(({ data }) => data),
  )?.problem;
}

/** Exactly these records, and none beside them. */
function exactly(found: Found, type: string, expected: readonly string[]): string | undefined {
  if (found.length === 0) return `has no ${type} record`;
  const other = found.find((record) => record.type !== type);
  if (other !== undefined) return `has ${other.type} "${shown(other.data)}" where ${type} is expected`;
  if (type !== "NS" && found.length > 1) return `has ${found.length} ${type} records where one is expected`;
  const wrong = found.find((record) => !expected.includes(record.data));
  if (wrong !== undefined)
    return `has ${type} "${shown(wrong.data)}" where "${shown(expected.join(", "))}" is expected`;
  const missing = expected.find((data) => !found.some((record) => record.data === data));
  return missing === undefined ? undefined : `lacks ${type} "${shown(missing)}"`;
}

/** Enough of a record to recognise it; records of strangers may be long. */
const shown = (data: string): string => (data.length > 60 ? `${data.slice(0, 60)}…` : data);

function ttlsOf(observed: NameObservation): StepTtls {
  const ttls = observed.answers.flatMap(({ said }) =>
    said.kind === "answer" ? said.records.map(({ ttlSeconds }) => ttlSeconds) : [],
  );
  return {
    zone: observed.zone,
    positiveTtlSeconds: Math.max(0, ...ttls),
    ...(observed.negativeTtlSeconds === undefined ? {} : { negativeTtlSeconds: observed.negativeTtlSeconds }),
  };
}

/** At most so many reasons are told; the first ones name what to look at. */
const reasonsMax = 5;

export function reasonsOf(verdict: RoundVerdict): string[] {
  const told = verdict.objections
    .slice(0, reasonsMax)
    .map(({ name, address, problem }) => (address === "" ? `${name}: ${problem}` : `${name} at ${address} ${problem}`));
  const more = verdict.objections.length - told.length;
  return more > 0 ? [...told, `and ${more} more`] : told;
}
