import { listKeyFacts } from "../../engine/database/key-facts.ts";
import { listMoveFacts } from "../../engine/database/move-facts.ts";
import { listKeysOfDomain } from "../../engine/database/keys.ts";
import { listStreams } from "../../engine/database/streams.ts";
import type { Database, DomainRow } from "../../engine/database/schema.ts";
import type { Claim, ClaimKey, DnsSettings } from "../../model/delegation/delegation.ts";
import { claimOf as knownClaim, isMethodName } from "../../model/delegation/delegation-methods.ts";
import { type KeyFact, readFact } from "../../model/key/key-fact.ts";
import { phaseOf } from "../../model/key/key-phase.ts";
import { roleOf } from "../../model/key/key-role.ts";
import { type Move, moveOf, readMoveFact } from "../../model/delegation/move.ts";
import { type NeededRecord, neededRecords } from "../../model/delegation/move-records.ts";
import { streamRecords } from "../../model/rotation/stream.ts";
import { Refusal } from "../refusal.ts";

/** The settings that a delegation depends on, as they are now. */
export type OnboardingSettings = {
  dns: DnsSettings | undefined;
  label: string;
  recordTtlSeconds: number;
  /** Absent: each method's own. */
  selectorTemplate?: string | undefined;
  /** Until when the zone of the names that we hold for others is registered, epoch seconds; absent: nobody said so. */
  heldZoneUntil?: number | undefined;
  rotateAfterSeconds: number;
};

/** What of a stored claim the model works with. */
export function claimOf(row: DomainRow): Claim {
  const claim = knownClaim(row);
  if (claim === undefined)
    throw new Refusal("not-configured", `${row.name} uses the method ${row.method}, which this version does not know`);
  return claim;
}

/** Where we answer; refuses while nobody has said so. */
export function dnsOf({ dns }: OnboardingSettings): DnsSettings {
  if (dns === undefined)
    throw new Refusal(
      "not-configured",
      'dns.zone is not set: the zone of our CNAME targets and name server names, for example "dns: {zone: dkim.esp.example, nameservers: [{name: ns1.esp.example, addresses: [192.0.2.1]}]}" in chancery.yaml. "chancery lab up" sets it for a try-out',
    );
  if (dns.nameservers.length === 0)
    throw new Refusal(
      "not-configured",
      "dns.nameservers is not set: our name servers as the world sees them, for example [{name: ns1.esp.example, addresses: [192.0.2.1]}]",
    );
  return dns;
}

/** The records that the customer publishes for a claim as it stands, with one NS for each of our name servers; of both methods while it moves, and of every stream. */
export async function recordsOf(
  db: Database,
  row: DomainRow,
  settings: OnboardingSettings,
): Promise<(NeededRecord & { stream?: string })[]> {
  const [keys, move] = await Promise.all([claimKeys(db, row), moveOfClaim(db, row)]);
  const [claim, dns, roles] = [claimOf(row), dnsOf(settings), row.algorithms.map(roleOf)];
  const ofStreams = (await listStreams(db, row.tenantId, row.id)).flatMap((stream) =>
    streamRecords(claim, { ...stream, removed: stream.removedAt !== null }, roles, dns, keys),
  );
  return [
    ...neededRecords(claim, move, roles, dns, keys),
    ...ofStreams.map((record) => ({ ...record, need: "now" as const })),
  ];
}

/** The claim's move to another method, if there is one or what it left is still there. */
export const moveOfClaim = async (db: Database, row: DomainRow): Promise<Move | undefined> =>
  moveOf((await listMoveFacts(db, row.tenantId, row.id)).map(readMoveFact));

/** The keys of a claim, each with its phase and what was recorded about it. */
export async function claimKeys(db: Database, row: DomainRow): Promise<(ClaimKey & { facts: readonly KeyFact[] })[]> {
  const keys = await listKeysOfDomain(db, row.tenantId, row.id);
  const ids = keys.map(({ id }) => id);
  const facts = Map.groupBy(await listKeyFacts(db, row.tenantId, ids), ({ keyId }) => keyId);
  return keys.flatMap(({ method, ...key }) => {
    if (!isMethodName(method)) return [];
    const known = (facts.get(key.id) ?? []).map(readFact);
    return [{ ...key, method, phase: phaseOf(known), facts: known }];
  });
}
