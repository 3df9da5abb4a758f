import { issueName } from "../../engine/database/issued-names.ts";
import { changeStream, insertStream, listStreams, type StreamRow } from "../../engine/database/streams.ts";
import { streamLabel } from "../../model/delegation/delegation.ts";
import { roleOf } from "../../model/key/key-role.ts";
import { isUnderWay } from "../../model/delegation/move.ts";
import type { NameSeries } from "../../model/delegation/name-series.ts";
import { activeKey } from "../../model/rotation/rotation-state.ts";
import type { Seconds } from "../../model/seconds.ts";
import { claimOfStream, streamProblem } from "../../model/rotation/stream.ts";
import { Refusal } from "../refusal.ts";
import { type Intervener, intervene } from "./intervene.ts";
import { listKeys, type Onlooker } from "./key-list.ts";
import { type LoadedDomain, streamByName } from "./load-domain.ts";

/** Each stream is decided over at every visit of the domain. */
const streamsMax = 20;

/** A stream with the selectors that sign for it now; none: mail of the stream is signed under the default stream. */
export type StreamListing = Pick<StreamRow, "name" | "createdAt" | "removedAt"> & { selectors: string[] };

/** The streams of a domain beside the default one, those that were removed as well. */
export async function streamsOf(deps: Onlooker, tenantId: string, domainId: string): Promise<StreamListing[]> {
  const { keys } = await listKeys(deps, tenantId, domainId);
  const active = keys.filter(({ phase }) => phase === "active");
  return (await listStreams(deps.db, tenantId, domainId)).map(({ name, createdAt, removedAt }) => ({
    name,
    createdAt,
    removedAt,
    selectors: active.filter(({ stream }) => stream === name).map(({ selector }) => selector),
  }));
}

/**
 * Adds a stream, with keys and names of its own; the names of ours are bound to it for ever (I-16). Mail is signed under it as soon as its
 * first key is active. Refuses a name that the domain's method cannot carry, or that the domain ever had.
 */
export async function addStream(deps: Onlooker, who: Intervener, name: string): Promise<void> {
  const { dns } = await deps.settings();
  return intervene(deps, who, async ({ trx, domain, policy, now, log }) => {
    const { row, claim, method } = domain;
    if (dns === undefined) throw new Error("nobody intervenes before dns.zone is set");
    if (row.releasedAt !== null) throw new Refusal("not-ready", `${row.name} was given up`);
    if (domain.move !== undefined && isUnderWay(domain.move))
      throw new Refusal("not-ready", `${row.name} is on the move to another method: add its streams when that is over`);
    const problem = streamProblem(claim, name, dns, now);
    if (problem !== undefined) throw new Refusal("invalid-input", problem);
    if (domain.streams.filter(({ removed }) => !removed).length > streamsMax)
      throw new Refusal("invalid-input", `${row.name} has ${streamsMax} streams already, which is all it can have`);
    const series = firstSeries(domain, name, { now, rotateAfterSeconds: policy.rotateAfterSeconds });
    const stream = { tenantId: row.tenantId, domainId: row.id, name, series, policy: null };
    if (!(await insertStream(trx, { ...stream, createdAt: now, removedAt: null })))
      throw new Refusal("already-exists", `${row.name} has, or had, a stream ${name}: its names are not given again`);
    const ofStream = claimOfStream(claim, { name, series });
    // The names of our servers are the whole domain's, and were issued with it.
    for (const issued of method.issuedNames(ofStream, row.algorithms.map(roleOf), dns))
      if (issued.purpose === "key-target" && !(await issueName(trx, { ...issued, domainId: row.id, issuedAt: now })))
        throw new Error(`the name ${issued.name} was given to a claim before`);
    await log("stream.add", { stream: name });
  });
}

/**
 * Removes a stream for good: nothing is made for it any more, the key that signs for it stops and drains, and its mail is signed under the
 * default stream. Refuses while that has no key that signs, because the stream's mail would wait.
 */
export async function removeStream(deps: Onlooker, who: Intervener, name: string): Promise<void> {
  return intervene(deps, who, async ({ trx, domain, state, stateOf, now, log }) => {
    const { row } = domain;
    const stream = streamByName(row, domain.streams, name);
    if (name === "" || stream.removed)
      throw new Refusal("not-found", `${row.name} has no stream ${name} any more: its keys are on their way out`);
    if (activeKey(stateOf(name), "primary") !== undefined && activeKey(state, "primary") === undefined)
      throw new Refusal(
        "not-ready",
        `the default stream of ${row.name} has no active key: mail of the stream ${name} would wait; "chancery key list ${row.name}" shows what its key waits for`,
      );
    await changeStream(trx, { domainId: row.id, name }, { removedAt: now });
    await log("stream.remove", { stream: name });
  });
}

/** The first names of a stream, where the method has them published ahead of their use; null: it has none. */
function firstSeries(
  { row, claim, method }: LoadedDomain,
  name: string,
  given: { now: Seconds; rotateAfterSeconds: Seconds },
): NameSeries | null {
  const label = streamLabel({ label: claim.label, stream: name });
  const batch = claim.options.series?.batch;
  const wishes = batch === undefined ? {} : { batch };
  const { selectorTemplate } = claim.options;
  const naming = { label, selectorTemplate, stream: name, roles: row.algorithms.map(roleOf) };
  return method.options?.begin(wishes, { ...given, ...naming }).series ?? null;
}
