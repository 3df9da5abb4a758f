import { randomBytes } from "node:crypto";
import type { NameObservation, ServerAnswer } from "../../model/rotation/chain-observation.ts";
import type { CustomerRecord } from "../../model/delegation/delegation.ts";
import { foreignHosts, lameServers, strayHosts } from "../../model/delegation/delegation-problem.ts";
import type { Former } from "../../model/delegation/former-record.ts";
import type { KeptRecordProblem } from "../../model/delegation/kept-record.ts";
import { checkRecord, type RecordState, type RecordVerdict } from "../../model/delegation/record-check.ts";
import { recordProblem, textProblem } from "../../model/delegation/record-problem.ts";
import { proxyProblem, wayProblems, wildcardProblem } from "../../model/delegation/record-way.ts";
import { vantageProblem } from "../../model/delegation/vantage-problem.ts";
import type { TracedChain } from "../../model/traced-chain.ts";
import { wrongHost, wrongHostOf } from "./wrong-host.ts";

/** What a look asks beside the authoritative servers of the records themselves. Nothing rejects. */
export type CloserDeps = {
  /** Goes along the aliases of a name as a receiver does, by one server's word each: tells where a fault lies, decides nothing. */
  follow: (name: string) => Promise<TracedChain>;
  /** The addresses at a name, as a resolver shows them: "A 192.0.2.1". */
  addresses: (name: string) => Promise<readonly string[]>;
  /** Which of the domains that these names are in could be registered by anybody. */
  openDomains: (names: readonly string[]) => Promise<readonly string[]>;
  /** What resolvers at other places say of a TXT; none where none are configured. */
  elsewhere: (name: string) => Promise<readonly ServerAnswer[]>;
};

/** A record with what was seen of it. `also`: what is told of it whatever its state. */
export type LookedAt<Expected extends CustomerRecord = CustomerRecord> = RecordVerdict & {
  record: Expected;
  at: NameObservation;
  also: KeptRecordProblem[];
};

/** What is known from before: how the record stood at the last look, since when, what was told of it, and where it is published. */
export type Before = {
  state: RecordState;
  presentSince?: number | undefined;
  code?: string | undefined;
  zone?: CustomerZone | undefined;
  former?: Former | undefined;
};

/** The zone that a customer publishes a record in, and the names of its servers. */
export type CustomerZone = { name: string; nameServers: readonly string[] };

/** Judges one record, and follows an alias that does not lead where it should. */
export async function lookAtRecord<Expected extends CustomerRecord>(
  record: Expected,
  at: NameObservation,
  keys: readonly string[],
  { follow, addresses, openDomains }: Pick<CloserDeps, "follow" | "addresses" | "openDomains">,
): Promise<LookedAt<Expected>> {
  const verdict = checkRecord(record, at);
  const looked = { record, at, ...verdict, also: [] };
  const known = verdict.problem ?? (isKeyRecord(record) ? undefined : recordProblem(record, at, keys));
  if (verdict.state !== "present" && known !== undefined) return { ...looked, problem: known };
  if (record.type !== "CNAME" || verdict.state === "unknown") return looked;
  // Asked for aliases alone, a server shows neither what stands beside one nor what stands in its place.
  const chain = await follow(record.name);
  if (verdict.state === "absent") {
    const isEmpty = chain.outcome === "absent" && chain.reason === "nodata" && chain.aliases.length === 0;
    const found = isEmpty ? [...(await addresses(record.name))] : [];
    const problem = proxyProblem(record, chain, found);
    return problem === undefined ? inItsPlace(looked, chain, keys) : { ...looked, state: "wrong", found, problem };
  }
  const target = record.data.replace(/\.$/, "");
  const isAstray = chain.outcome !== "present" && !chain.aliases.some((alias) => alias.target === target);
  const open = isAstray ? await openDomains(chain.aliases.map((alias) => alias.target)) : [];
  const way = wayProblems(record, chain, open);
  return { ...looked, ...way, state: way.problem === undefined ? verdict.state : "wrong" };
}

/** No server has the alias; one has texts at its name. */
function inItsPlace<Expected extends CustomerRecord>(
  looked: LookedAt<Expected>,
  chain: TracedChain,
  keys: readonly string[],
): LookedAt<Expected> {
  if (chain.outcome !== "present" || chain.aliases.length > 0) return looked;
  const texts = chain.texts.map(({ text }) => text);
  const problem = textProblem(looked.record, texts, keys);
  const verdict = checkRecord(looked.record, inAnswer(looked.at, chain.texts));
  return { ...looked, ...verdict, state: "wrong", ...(problem !== undefined && { problem }) };
}

const inAnswer = (at: NameObservation, texts: readonly { text: string; ttlSeconds: number }[]): NameObservation => ({
  ...at,
  answers: at.answers.map((answer) => ({
    ...answer,
    said: {
      kind: "answer",
      authoritative: true,
      records: texts.map(({ text: data, ttlSeconds }) => ({ type: "TXT", ttlSeconds, data })),
    },
  })),
});

/** Where the records that are absent stand instead. Of several aliases the first tells for all. */
export async function lookElsewhere(
  looked: LookedAt[],
  domain: string,
  everywhere: (record: CustomerRecord) => boolean,
  follow: CloserDeps["follow"],
): Promise<void> {
  let slip: string | undefined;
  for (const one of looked) {
    if (one.state !== "absent" || one.problem !== undefined || !soughtPurposes.has(one.record.purpose)) continue;
    const isFollower =
      one.record.purpose === "key-alias" && one !== looked.find(({ record }) => record.purpose === "key-alias");
    if (isFollower && slip === undefined) continue;
    const tried = isFollower ? { mistake: slip! } : everywhere(one.record) ? "all" : "usual";
    const wrong = await wrongHostOf(one.record, domain, tried, follow);
    if (wrong === undefined) continue;
    one.problem = wrongHost(one.record, wrong);
    if (one.record.purpose === "key-alias") slip = wrong.mistake;
  }
}

const soughtPurposes: ReadonlySet<CustomerRecord["purpose"]> = new Set([
  "challenge",
  "key-record",
  "key-request",
  "key-alias",
]);

/** What is wrong around the records of a claim: beside its key names, at the parent of a zone that is ours, and at other places. */
export async function lookAround(
  looked: readonly LookedAt[],
  domain: string,
  { follow, openDomains, elsewhere }: CloserDeps,
  given: {
    before: (record: CustomerRecord) => Before | undefined;
    now: number;
    observeOwn: (zone: string) => Promise<NameObservation | undefined>;
  },
): Promise<void> {
  const key = looked.find(({ record }) => keyPurposes.has(record.purpose));
  if (key !== undefined) {
    const random = await follow(`x${randomBytes(8).toString("hex")}._domainkey.${domain}`);
    const wildcard = wildcardProblem(domain, random);
    if (wildcard !== undefined) key.also.push(wildcard);
    if (key.state === "present") {
      const since = given.before(key.record)?.presentSince;
      const disagreement = vantageProblem(key.record, key.at, since, given.now, await elsewhere(key.record.name));
      if (disagreement !== undefined) key.also.push(disagreement);
    }
  }
  const zones = Map.groupBy(
    looked.filter(({ record }) => record.purpose === "delegation"),
    ({ record }) => record.name,
  );
  for (const [zone, [first, ...others]] of zones) {
    if (first === undefined || first.state === "unknown" || first.state === "absent") continue;
    const hosts = [first, ...others].map(({ record }) => record.data);
    const foreign = foreignHosts(hosts, first.at);
    const stray = strayHosts(zone, foreign, foreign.length === 0 ? [] : await openDomains(foreign));
    // Where the set is wrong as a whole, that other servers are listed is what its state says.
    first.also.push(...stray.filter(({ code }) => first.state === "present" || code === "TakeoverRisk"));
    const own = first.state === "present" ? await given.observeOwn(zone) : undefined;
    if (own !== undefined) first.also.push(...lameServers(zone, own));
  }
}

const keyPurposes: ReadonlySet<CustomerRecord["purpose"]> = new Set(["key-alias", "key-alias-ahead", "key-record"]);

const isKeyRecord = ({ purpose }: CustomerRecord): boolean => purpose === "key-record" || purpose === "key-request";
