import { type Claim, type CustomerRecord, type ClaimKey, type DnsSettings } from "../delegation/delegation.ts";
import { expectedRecords, methodOf } from "../delegation/delegation-methods.ts";
import { leavesNameFree } from "../key/key-phase.ts";
import type { KeyRole } from "../key/key-role.ts";
import type { NameSeries } from "../delegation/name-series.ts";
import type { DomainState } from "./rotation-state.ts";
import type { Step } from "./rotation-step.ts";
import { nextStep, urgencyOf } from "./rotation.ts";
import { type Guard, guards, type Wait } from "./rotation-guard.ts";
import type { Seconds } from "../seconds.ts";
import type { TimingPolicy } from "./timing-policy.ts";

/** A stream of a domain, but the default one. `removed`: its keys drain and go. */
export type Stream = { name: string; removed: boolean; series: NameSeries | null };

/** The claim as a stream sees it: its labels, its names of ours and its series are its own. */
export function claimOfStream(claim: Claim, { name, series }: Pick<Stream, "name" | "series">): Claim {
  const { series: _, ...options } = claim.options;
  return { ...claim, stream: name, options: { ...options, ...(series !== null && { series }) } };
}

const nameLengthMax = 20;
/** What a further key of the same moment adds to the first label of a selector. */
const countLengthMax = "-1000".length;

/** Why a claim can have no stream of this name, in words for whoever asked; undefined: it can. `now`: for the selectors to come. */
export function streamProblem(claim: Claim, name: string, dns: DnsSettings, now: Seconds): string | undefined {
  const method = methodOf(claim.method, claim.options);
  if (method.noStreams !== undefined)
    return `under ${method.name} a domain has one stream only, since ${method.noStreams}`;
  // A digit at the end would run together with the number of a slot.
  if (name.length > nameLengthMax || !/^(?:[a-z]|[a-z0-9][a-z0-9-]*[a-z])$/.test(name))
    return `"${name}" is no name of a stream: 1 to ${nameLengthMax} lower-case letters, digits and hyphens that end in a letter, for example news`;
  if (method.offered !== undefined) return undefined; // its names are checked as they are given
  const stream = claimOfStream(claim, { name, series: null });
  const slot = method.slots("second")?.at(-1) ?? 1;
  const [first = ""] = method.place(stream, "second", slot, dns, now, []).selector.split(".");
  return first.length + countLengthMax > 63
    ? `${first} is too long for a DNS label: choose a shorter name for the stream`
    : undefined;
}

/** A record that the customer publishes for a stream. */
export type StreamRecord = CustomerRecord & { stream: string };

/**
 * The records of a stream beside those of the whole domain. Nothing depends on an alias before a key of the stream signs: until
 * then the default stream does. Of a stream that was removed, those on which a key still stands.
 */
export function streamRecords(
  claim: Claim,
  stream: Stream,
  roles: readonly KeyRole[],
  dns: DnsSettings,
  keys: readonly ClaimKey[],
): StreamRecord[] {
  const { name, removed } = stream;
  const own = keys.filter((key) => key.stream === name);
  const records = expectedRecords(claimOfStream(claim, stream), roles, dns, own);
  return records.flatMap((record): StreamRecord[] => {
    if (record.purpose === "challenge" || record.purpose === "delegation") return [];
    const standing = own.filter(({ keyName, phase }) => keyName === record.name && !leavesNameFree(phase));
    if (removed && standing.length === 0) return [];
    const isInUse = standing.some(({ phase }) => phase === "active" || phase === "draining");
    const purpose = record.purpose === "key-alias" && !isInUse ? "key-alias-ahead" : record.purpose;
    return [{ ...record, purpose, stream: name }];
  });
}

/** A stream as it is to be decided over. */
export type StreamState = { state: DomainState; policy: TimingPolicy };

/**
 * The one next thing to do for a domain: the most urgent step of its streams, and whose it is. Each stream is decided over by itself, so
 * none waits for another. When all of them wait, the domain waits for the first end of all their waits.
 */
export function nextStepOfStreams<S extends StreamState>(
  streams: readonly [S, ...S[]],
  among: readonly Guard[] = guards,
): { step: Step; of: S } {
  const steps = streams.map((of) => ({ of, step: nextStep(of.state, of.policy, among) }));
  const [first] = steps.toSorted((a, b) => urgencyOf(a.step) - urgencyOf(b.step));
  if (first === undefined) throw new Error("a domain has its default stream");
  if (first.step.do !== "wait") return first;
  const waiting = steps.flatMap(({ step }) => (step.do === "wait" ? [step] : []));
  const ends = waiting.flatMap(({ untilTrustedMs }) => (untilTrustedMs === undefined ? [] : [untilTrustedMs]));
  const waits: Wait[] = waiting.flatMap((step) => step.waits);
  return {
    of: first.of,
    step: { do: "wait", untilTrustedMs: ends.length === 0 ? undefined : Math.min(...ends), waits },
  };
}
