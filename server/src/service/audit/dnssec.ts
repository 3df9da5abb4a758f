import { isAtOrBelow, labelsOf, rdataText, TYPE } from "chancery/dns";
import { Backoff } from "../../engine/resolver/backoff.ts";
import type { TrustAnchors } from "../../engine/resolver/dnssec/trust-anchors.ts";
import {
  type ApexAnswer,
  observeSignedZone,
  type SignedZoneObserved,
} from "../../engine/resolver/dnssec/observe-signed-zone.ts";
import { createIterativeResolver } from "../../engine/resolver/iterative.ts";
import { probeRoot } from "../../engine/resolver/authorities/root-probe.ts";
import { inParallel } from "../../engine/resolver/authorities/parallel.ts";
import type { Delegation, Resolution } from "../../engine/resolver/resolution.ts";
import { type IterativeOptions, IterativeSession } from "../../engine/resolver/session.ts";
import type { DnssecEvidence, RecordsSaid, SignedZone, ValidatedChain } from "../../model/audit/evidence/dnssec.ts";

import { shareOf } from "./budget.ts";

/** How authoritative servers are asked, and which keys of which zones are believed without a parent's word. */
export type DnssecSource = { iterative: IterativeOptions; anchors: TrustAnchors };

/** More chains and zones than this are not followed: what is wrong with one zone shows in the first of its names. */
const chainsMax = 40;
const zonesMax = 6;
/** Of what one audit may ask, the share of this part. */
const limits = { queriesMax: 60, totalMs: 3500 };
/** Zones with fewer labels are registries', and theirs to watch. */
const zoneLabelsMin = 2;

/** Validates each name from the root down, and asks the servers of each signed zone on the way for its keys. */
export async function gatherDnssec(
  names: readonly string[],
  now: number,
  { iterative, anchors }: DnssecSource,
): Promise<DnssecEvidence> {
  if ((await probeRoot(iterative)) !== "reachable") return { state: "unreachable" };
  const delegations = new Map<string, Delegation>();
  const signal = AbortSignal.timeout(iterative.totalMs ?? limits.totalMs);
  const options: IterativeOptions = {
    ...iterative,
    budget: shareOf(iterative.budget ?? { queriesLeft: limits.queriesMax }, limits.queriesMax),
    validation: { now, anchors, zones: new Map() },
    backoff: new Backoff(),
    delegations: {
      get: (apex) => delegations.get(apex),
      keep: (delegation) => void delegations.set(delegation.apex, delegation),
    },
  };
  const resolver = createIterativeResolver(options);
  const [first, ...others] = names.slice(0, chainsMax);
  if (first === undefined) return { state: "validated", chains: [], zones: [] };
  // The first alone: the others then know the zones that they share with it.
  const resolutions = [await resolver.lookup(first, TYPE.TXT, signal)];
  if (isUnreachable(resolutions[0]!)) return { state: "unreachable" };
  resolutions.push(...(await inParallel(others, (name) => resolver.lookup(name, TYPE.TXT, signal))));
  const apexes = apexesOf(resolutions, [...delegations.keys()]).slice(0, zonesMax);
  const session = new IterativeSession(options, signal);
  const zones = await inParallel(apexes, (apex) => observeSignedZone(session, apex));
  return {
    state: "validated",
    chains: resolutions.map(chainOf),
    zones: zones.flatMap((zone) => (zone ? [zoneOf(zone)] : [])),
  };
}

/** The root itself cannot be asked, or somebody between answers in its place. */
function isUnreachable({ zones, aliases, dnssec, outcome }: Resolution): boolean {
  const state = aliases[0]?.dnssec ?? dnssec;
  if (state === undefined) return outcome === "unknown" && zones.length === 0;
  if (state.state === "bogus") return state.zone === "." && state.record.type === "DNSKEY";
  return state.state === "indeterminate" && state.zone === ".";
}

/** Zones that the names of the chains are in, deepest first. */
function apexesOf(resolutions: readonly Resolution[], known: readonly string[]): string[] {
  const names = new Set(
    resolutions.flatMap(({ aliases, finalName }) => [...aliases.map(({ name }) => name), finalName]),
  );
  return known
    .filter((apex) => labelsOf(apex).length >= zoneLabelsMin && [...names].some((name) => isAtOrBelow(name, apex)))
    .sort((one, other) => labelsOf(other).length - labelsOf(one).length);
}

function chainOf({ question, aliases, finalName, dnssec }: Resolution): ValidatedChain {
  const steps = aliases.flatMap(({ name, target, dnssec: state }) => (state ? [{ name, target, dnssec: state }] : []));
  return { keyName: question.name, steps: dnssec ? [...steps, { name: finalName, dnssec }] : steps };
}

const zoneOf = ({ apex, ds, servers }: SignedZoneObserved): SignedZone => ({
  apex,
  ds: ds.map(({ data }) => rdataText(TYPE.DS, data)),
  servers: servers.map(({ address, names, dnskey, cds, cdnskey }) => ({
    address,
    names,
    dnskey: said(dnskey, TYPE.DNSKEY),
    cds: said(cds, TYPE.CDS),
    cdnskey: said(cdnskey, TYPE.CDNSKEY),
  })),
});

function said(answer: ApexAnswer, type: number): RecordsSaid {
  if (answer.state !== "records") return answer;
  return { state: "records", texts: answer.records.map(({ data }) => rdataText(type, data)) };
}
