import { listRecordStates } from "../../engine/database/record-states.ts";
import type { Database, KeyRow } from "../../engine/database/schema.ts";
import type { KeyPhase } from "../../model/key/key-phase.ts";
import { type KeyRole, roleOf } from "../../model/key/key-role.ts";
import type { Wait } from "../../model/rotation/rotation-guard.ts";
import type { EffectivePolicy } from "../../model/rotation/rotation-policy.ts";
import {
  activeKey,
  broughtAs,
  type DomainState,
  isKeptByCustomer,
  type ManagedKey,
  phaseOfKey,
} from "../../model/rotation/rotation-state.ts";
import { blocksOf, keyViews, rotationStepOf, type RotationStep } from "../../model/rotation/rotation-view.ts";
import type { Seconds } from "../../model/seconds.ts";
import type { TimingPolicy } from "../../model/rotation/timing-policy.ts";
import type { KeyUses } from "../../model/key/signer.ts";
import { Refusal } from "../refusal.ts";
import type { LifecycleDeps } from "./deps.ts";
import { governedDomain, type GovernedStream, stateUnderPolicy } from "./governed-domain.ts";
import { type LoadedDomain, streamByName } from "./load-domain.ts";

/** What somebody who only wants to look needs. */
export type Onlooker = Pick<LifecycleDeps, "db" | "settings" | "nowMs" | "trustedTime">;

/** What a key or a rotation waits for. `until`: when that can end at the earliest; without it, only the world can end it. */
export type WaitListing = { for: Wait["for"]; reason: string; until?: Seconds };

export type KeyListing = Pick<
  KeyRow,
  | "id"
  | "rotationId"
  | "stream"
  | "role"
  | "slot"
  | "selector"
  | "keyName"
  | "algorithm"
  | "bits"
  | "record"
  | "createdAt"
> & {
  phase: KeyPhase;
  /** When the last thing about it was recorded. */
  since: Seconds;
  method: KeyRow["method"];
  /** `made`: here. Else the customer brought it: `shared`, it may sign elsewhere too; `hosted`, it only signs elsewhere. */
  origin: "made" | "shared" | "hosted";
  /** Who publishes the record. */
  keeper: "us" | "customer";
  waits: WaitListing[];
  /** What was signed with it, as far as its signers have told. */
  uses: KeyUses | undefined;
};

export type RotationListing = {
  id: string;
  /** Empty: the default stream. */
  stream?: string;
  reason: string;
  requestedAt: Seconds;
  steps: { role: KeyRole; step: RotationStep }[];
  /** What has to end before it can go on. */
  blocks: WaitListing[];
};

/** `waits`: what no single key waits for. */
export type KeyList = { keys: KeyListing[]; rotations: RotationListing[]; waits: WaitListing[] };

/** The keys of a claim, oldest first, each with its phase and what it waits for. Refuses a domain that is not there. */
export async function listKeys(deps: Onlooker, tenantId: string, domainId: string): Promise<KeyList> {
  const { domain, streams } = await lookIntoStreams(deps, tenantId, domainId);
  const views = streams.map(({ state, policy }) => keyViews(state, policy));
  const viewOf = new Map(views.flatMap(({ keys }) => keys.map((view) => [view.key.id, view])));
  const seen = await reasonsSeen(deps.db, domain);
  const [{ state: now }] = streams;
  const waits = (listed: readonly Wait[]): WaitListing[] => listed.map((wait) => waitListing(wait, now));
  return {
    keys: domain.keyRows.map((row): KeyListing => {
      const view = viewOf.get(row.id);
      if (view === undefined) throw new Error("every key is one of a stream");
      const { key, phase, waits: own } = view;
      const { id, rotationId, stream, role, slot, selector, keyName, algorithm, bits, record, createdAt } = row;
      const since = key.facts.at(-1)?.at ?? createdAt;
      const common = {
        id,
        rotationId,
        stream,
        role,
        slot,
        selector,
        keyName,
        algorithm,
        bits,
        record,
        createdAt,
        phase,
        since,
        uses: key.uses,
        method: row.method,
        origin: broughtAs(key) ?? ("made" as const),
        keeper: isKeptByCustomer(key) ? ("customer" as const) : ("us" as const),
      };
      const { state } = streamByName(domain.row, streams, stream);
      const looked = lookedFor(state, key, own);
      return { ...common, waits: [...waits(own), ...(looked === undefined ? [] : seen(looked))] };
    }),
    rotations: domain.rotations.map((rotation) => {
      const { state, policy } = streamByName(domain.row, streams, rotation.stream ?? "");
      return {
        ...rotation,
        steps: state.algorithms.map(roleOf).map((role) => ({ role, step: rotationStepOf(state, rotation, role) })),
        blocks: waits(state.algorithms.flatMap((one) => blocksOf(state, roleOf(one), policy, rotation))),
      };
    }),
    waits: waits(views.flatMap(({ others }) => others)),
  };
}

/** A stream as the controller would see it, but for the rounds, which only the controller has. */
type LookedAt = {
  name: string;
  removed: boolean;
  state: DomainState;
  effective: EffectivePolicy;
  policy: TimingPolicy;
};

/** A stream of a domain, if none is named the default one. Refuses one that is not there. */
export async function lookInto(
  deps: Onlooker,
  tenantId: string,
  domainId: string,
  stream = "",
): Promise<LookedAt & { domain: LoadedDomain }> {
  const { domain, streams } = await lookIntoStreams(deps, tenantId, domainId);
  return { domain, ...streamByName(domain.row, streams, stream) };
}

/** Every stream of a domain, the default one first. */
export async function lookIntoStreams(
  deps: Onlooker,
  tenantId: string,
  domainId: string,
): Promise<{ domain: LoadedDomain; streams: readonly [LookedAt, ...LookedAt[]] }> {
  const { policy, dns, disclose = false } = await deps.settings();
  if (dns === undefined) throw new Refusal("not-configured", "dns.zone is not set: it says where our targets live");
  const governed = await governedDomain(deps.db, tenantId, domainId, { policy, dns, disclose });
  if (governed === undefined) throw new Refusal("not-found", "there is no such domain");
  const now = { trustedMs: await deps.trustedTime.readMs(), wallMs: deps.nowMs() };
  const lookAt = (stream: GovernedStream): LookedAt => {
    const { name, removed, effective, timing: policy } = stream;
    return { name, removed, state: stateUnderPolicy(governed, stream, new Map(), now), effective, policy };
  };
  const [first, ...others] = governed.streams;
  return { domain: governed.domain, streams: [lookAt(first), ...others.map(lookAt)] };
}

export function waitListing({ for: what, reason, untilTrustedMs }: Wait, state: DomainState): WaitListing {
  if (untilTrustedMs === undefined) return { for: what, reason };
  const leftMs = Math.max(0, untilTrustedMs - state.trustedMs);
  return { for: what, reason, until: Math.ceil((state.wallMs + leftMs) / 1000) };
}

/** Whose record has to be seen, or seen gone, before a key can go on: its own; its successor's once nothing else holds the drain. */
function lookedFor(state: DomainState, key: ManagedKey, waits: readonly Wait[]): ManagedKey | undefined {
  switch (phaseOfKey(key)) {
    case "publishing":
    case "published":
    case "ready":
    case "withdrawing":
      return key;
    case "draining":
      return waits.length === 0 ? activeKey(state, key.role) : undefined;
    case "generated":
    case "active":
    case "withdrawn":
    case "destroyed":
    case "revoking":
    case "revoked":
    case "silenced":
    case "unknown":
      return undefined;
  }
}

/** What the controller's last look at a key's names found wrong, by what it left for others to read. */
async function reasonsSeen(db: Database, { row }: LoadedDomain): Promise<(key: ManagedKey) => WaitListing[]> {
  const states = await listRecordStates(db, row.tenantId, row.id);
  return ({ chain }) => {
    const names = [chain.aliases[0]?.name, chain.record.name];
    const latest = states
      .filter(({ name, type }) => type === "TXT" && names.includes(name))
      .toSorted((a, b) => b.checkedAt - a.checkedAt)[0];
    const { reasons = [] } = (latest?.found ?? {}) as { reasons?: string[] };
    return reasons.map((reason) => ({ for: "sight", reason }));
  };
}
