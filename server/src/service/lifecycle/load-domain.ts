import { findDomain } from "../../engine/database/domains.ts";
import { listKeyFacts } from "../../engine/database/key-facts.ts";
import { usesOfDomain } from "../../engine/database/key-uses.ts";
import { listKeysOfDomain } from "../../engine/database/keys.ts";
import { everyRow } from "../../engine/database/page.ts";
import { listMoveFacts } from "../../engine/database/move-facts.ts";
import { listRecordStates } from "../../engine/database/record-states.ts";
import { listRotations } from "../../engine/database/rotations.ts";
import { findSelectorImport } from "../../engine/database/selector-imports.ts";
import { listSigners } from "../../engine/database/signers.ts";
import { listStreams } from "../../engine/database/streams.ts";
import type { Database, DomainRow, KeyRow } from "../../engine/database/schema.ts";
import { claimedBy, claimOf, isMethodName, methodOf } from "../../model/delegation/delegation-methods.ts";
import { claimState } from "../../model/claim/domain-status.ts";
import type { Claim, ClaimKey, DelegationMethod, DnsSettings, OfferedName } from "../../model/delegation/delegation.ts";
import { type KeyFact, readFact, type TrustedMs } from "../../model/key/key-fact.ts";
import {
  delegatedSince,
  hiddenBy,
  hides,
  makingMethod,
  type Move,
  type MoveState,
  moveOf,
  readMoveFact,
} from "../../model/delegation/move.ts";
import { allSeen, neededRecords } from "../../model/delegation/move-records.ts";
import { roleOf } from "../../model/key/key-role.ts";
import { phaseOf } from "../../model/key/key-phase.ts";
import { rememberedSeconds } from "../../model/key/record-ttl.ts";
import type { DomainState, ManagedKey, Rotation, RotationReason } from "../../model/rotation/rotation-state.ts";
import type { RotationPolicy } from "../../model/rotation/rotation-policy.ts";
import type { Signer } from "../../model/key/signer.ts";
import { claimOfStream } from "../../model/rotation/stream.ts";
import { Refusal } from "../refusal.ts";

/** A stream of a domain. `offered`: for a method whose names are published ahead of their use. */
export type LoadedStream = {
  /** Empty: the default stream. */
  name: string;
  /** Its keys drain and go. */
  removed: boolean;
  /** The domain's claim as the stream sees it. */
  claim: Claim;
  /** What was decided about its rotations alone. */
  ownPolicy: Partial<RotationPolicy>;
  offered?: readonly OfferedName[];
};

/** A domain as the database has it, with everything that was ever recorded about its keys. */
export type LoadedDomain = {
  row: DomainRow;
  /** As new keys are made for it: while it moves, under the method it moves to as soon as that is delegated. */
  claim: Claim;
  method: DelegationMethod;
  methodSinceMs: TrustedMs;
  move: (Move & { state: MoveState }) | undefined;
  keyRows: readonly KeyRow[];
  keys: readonly ManagedKey[];
  rotations: readonly Rotation[];
  signers: readonly Signer[];
  /** The default stream first. */
  streams: readonly [LoadedStream, ...LoadedStream[]];
};

/** Undefined: no such domain, or one whose method is not built yet, which nothing here can act on. */
export async function loadDomain(
  db: Database,
  tenantId: string,
  domainId: string,
  dns: DnsSettings,
): Promise<LoadedDomain | undefined> {
  const row = await findDomain(db, tenantId, domainId);
  const stored = row && claimOf(row);
  if (row === undefined || stored === undefined) return undefined;
  const moveFacts = (await listMoveFacts(db, tenantId, domainId)).map(readMoveFact);
  const move = moveOf(moveFacts);
  const claim = claimedBy(stored, makingMethod(stored.method, move));
  const method = methodOf(claim.method, claim.options);
  // Before the keys and their uses: what a signer tells, it tells together with its acknowledgement.
  const signers = await listSigners(db);
  const keyRows = await listKeysOfDomain(db, tenantId, domainId);
  const facts = new Map<string, KeyFact[]>(keyRows.map(({ id }) => [id, []]));
  for (const fact of await listKeyFacts(db, tenantId, [...facts.keys()])) facts.get(fact.keyId)?.push(readFact(fact));
  const uses = await usesOfDomain(db, tenantId, domainId);
  const rotations: Rotation[] = [];
  for await (const row of everyRow((page) => listRotations(db, tenantId, domainId, page))) {
    const { id, reason, requestedAt, abortedTrustedMs, dual, stream } = row;
    const called = abortedTrustedMs === null ? {} : { abortedTrustedMs };
    rotations.push({ id, reason: reason as RotationReason, requestedAt, dual: dual === 1, stream, ...called });
  }
  const keys = keyRows.flatMap((key): ManagedKey[] => {
    const { id, rotationId, role, stream, slot, selector } = key;
    if (!isMethodName(key.method)) return [];
    const made = methodOf(key.method, claim.options);
    const chain = made.chain({ ...claim, method: key.method }, key, key.record, dns);
    const { changedIn } = key;
    const life = { facts: facts.get(id) ?? [], uses: uses.get(id), changedIn };
    const known = { id, rotationId, role, stream, method: made, slot, selector, chain, ...life };
    return [key.sealed === null ? { ...known, privateHalf: "gone" } : known];
  });
  if (keys.length < keyRows.length) return undefined;
  const methodSinceMs = delegatedSince(moveFacts, claim.method);
  const withNames = async (stream: Omit<LoadedStream, "offered">): Promise<LoadedStream> => {
    const names = method.offered?.(stream.claim, dns);
    return names === undefined ? stream : { ...stream, offered: await withStates(db, row, names) };
  };
  const streams: [LoadedStream, ...LoadedStream[]] = [
    await withNames({ name: "", removed: false, claim, ownPolicy: {} }),
  ];
  for (const stream of await listStreams(db, tenantId, domainId)) {
    const { name, removedAt, policy } = stream;
    const own = { name, removed: removedAt !== null, claim: claimOfStream(claim, stream), ownPolicy: policy ?? {} };
    streams.push(await withNames(own));
  }
  const loaded = { row, claim, method, methodSinceMs, keyRows, keys, rotations, signers, streams };
  return {
    ...loaded,
    move: move && { ...move, state: await moveStateOf(db, { ...loaded, claim: stored }, move, dns) },
  };
}

/** What the next step of a move depends on: its customer's records as they were last seen. */
async function moveStateOf(
  db: Database,
  { row, claim, keys, keyRows }: Pick<LoadedDomain, "row" | "claim" | "keys" | "keyRows">,
  move: Move,
  dns: DnsSettings,
): Promise<MoveState> {
  const { stage, left, to, since, servedUntilMs } = move;
  const records = neededRecords(claim, move, row.algorithms.map(roleOf), dns, claimKeysOf({ keys, keyRows }));
  const isLooking = stage === "asked" || stage === "settled" || stage === "gone";
  const seen = isLooking ? await listRecordStates(db, row.tenantId, row.id) : [];
  const done =
    stage === "asked"
      ? allSeen(records, "wanted", "present", seen, since)
      : isLooking && allSeen(records, "removable", "absent", seen, since);
  const target = methodOf(to);
  const state: MoveState = {
    stage,
    left,
    to: target,
    done,
    hidden: [],
    ...(servedUntilMs !== undefined && { servedUntilMs }),
    ...(records.some(({ held }) => held) && { lingerSeconds: Math.max(0, ...keys.map(rememberedSeconds)) }),
  };
  const zone = target.ownZone(claimedBy(claim, to));
  if (!hides(target) || zone === undefined) return { ...state, hidden: hiddenBy(to, claim, keys) };
  const taken = await findSelectorImport(db, row.id);
  const selectors = { domain: row.name, zone, agreed: claim.options, taken };
  return { ...state, hidden: hiddenBy(to, claim, keys, taken), selectors };
}

/** The keys of a domain as its customer's records depend on them. */
export const claimKeysOf = ({ keys, keyRows }: Pick<LoadedDomain, "keys" | "keyRows">): ClaimKey[] =>
  keys.map((key, index) => ({ ...keyRows[index]!, method: key.method.name, phase: phaseOf(key.facts) }));

/** What the next step of a stream depends on, as it was loaded: all but the rounds and the clocks. A move is the default stream's. */
export function stateOfLoaded(
  domain: LoadedDomain,
  { name, removed, offered }: LoadedStream = domain.streams[0],
): Omit<DomainState, "rounds" | "trustedMs" | "wallMs"> {
  const { method, methodSinceMs, row, move, signers } = domain;
  const ofStream = ({ stream = "" }: { stream?: string }): boolean => stream === name;
  return {
    method,
    methodSinceMs,
    ...(name === "" ? { move: move?.state } : { stream: name }),
    algorithms: removed ? [] : row.algorithms,
    released: row.releasedAt !== null,
    suspended: row.suspendedAt !== null,
    unproven: !wasInForce(row),
    keys: domain.keys.filter(ofStream),
    rotations: domain.rotations.filter(ofStream),
    signers,
    ...(offered && { offered }),
  };
}

/** The names with what the last look at them brought; a name that nobody looked at is unknown, which is not present (I-12). */
async function withStates(
  db: Database,
  { tenantId, id }: DomainRow,
  names: readonly Omit<OfferedName, "state">[],
): Promise<OfferedName[]> {
  const states = (await listRecordStates(db, tenantId, id)).filter(({ type }) => type === "CNAME");
  const seen = new Map(states.map(({ name, state }) => [name, state]));
  return names.map((name) => ({ ...name, state: seen.get(name.keyName) ?? "unknown" }));
}

/** What the controller has work with: a claim in force, or one that was and is suspended or given up, whose keys have yet to go. */
export const isManaged = (row: DomainRow): boolean => isLive(row) || wasInForce(row) || hasKeysAhead(row);

/** A claim that is not proven, and may have keys all the same: they are made with it, or came with it. */
function hasKeysAhead({ method, verifiedAt }: DomainRow): boolean {
  if (verifiedAt !== null || !isMethodName(method)) return false;
  const { keysAhead, maker } = methodOf(method);
  return keysAhead === true || maker === "customer";
}

/** Keys are made and turned for a claim that is proven, or vouched for, and neither suspended nor given up. */
export const isLive = (row: DomainRow): boolean => ["verified", "vouched"].includes(claimState(row));

/** Proven or vouched for, whatever came of it since. */
export const wasInForce = (row: DomainRow): boolean =>
  row.verifiedAt !== null || claimState({ ...row, suspendedAt: null, releasedAt: null }) === "vouched";

/** A stream of a domain; empty: the default one. Refuses one that is not there. */
export function streamByName<S extends { name: string }>(
  row: { name: string },
  streams: readonly S[],
  name: string,
): S {
  const found = streams.find((stream) => stream.name === name);
  if (found !== undefined) return found;
  throw new Refusal(
    "not-found",
    `${row.name} has no stream ${name}; "chancery stream list ${row.name}" shows its streams`,
  );
}
