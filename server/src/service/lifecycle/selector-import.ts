import { TYPE } from "chancery/dns";
import { findDomain } from "../../engine/database/domains.ts";
import { listKeysOfDomain } from "../../engine/database/keys.ts";
import { listMoveFacts } from "../../engine/database/move-facts.ts";
import { listRecordsAt, listRecordsBySource, putRecords, removeRecordsOf } from "../../engine/database/records.ts";
import type { Database, DomainRow, Transaction, ZoneRow } from "../../engine/database/schema.ts";
import { findSelectorImport, putSelectorImport } from "../../engine/database/selector-imports.ts";
import { transact } from "../../engine/database/transact.ts";
import type { NameObservation } from "../../model/rotation/chain-observation.ts";
import type { Claim } from "../../model/delegation/delegation.ts";
import { claimedBy, claimOf, expectedRecords, methodOf } from "../../model/delegation/delegation-methods.ts";
import { roleOf } from "../../model/key/key-role.ts";
import { importingMethod, moveOf, readMoveFact } from "../../model/delegation/move.ts";
import { nsHostNames } from "../../model/delegation/issued-name.ts";
import {
  afterLook,
  recordsToCarry,
  type SelectorImport,
  type SelectorLook,
  type SelectorSight,
} from "../../model/delegation/selector-import.ts";
import { importSource } from "../../model/zone/record-source.ts";
import { isLive } from "./load-domain.ts";
import { openDelegatedZone, type Placed, renewSoa, sourced, without, type ZoneContext } from "./zone-rows.ts";

/** The world as far as selectors of others depend on it. Nothing rejects: silence is an answer of its own. */
export type SelectorWorld = {
  /** Looks for the selectors of a domain: those named, and those that many have. */
  look: (domain: string, named: readonly string[]) => Promise<Omit<SelectorLook, "lookedAt">>;
  /** What stands at names of the domain that are no selectors: those named, and those that many have. `origin`: the domain. */
  names: (origin: string, named: readonly string[]) => Promise<SelectorSight[]>;
  /** The delegation of a name, at every server of the parent. */
  delegation: (name: string) => Promise<NameObservation>;
  /** Whether every name server of ours serves the zone at this serial, or a later one. */
  serves: (origin: string, serial: number) => Promise<boolean>;
};

/**
 * Before a delegation that hides selectors: looks for those of others, and has the zone that we will serve hold what was
 * found. Every look brings both in step, until the delegation is there; from then on nobody asks the old zone. A claim that is
 * to move there has its own older keys and aliases taken over as well: they verify on.
 */
export async function keepSelectorImport(
  db: Database,
  row: DomainRow,
  world: SelectorWorld,
  context: ZoneContext,
): Promise<void> {
  const stored = claimOf(row);
  const move = moveOf((await listMoveFacts(db, row.tenantId, row.id)).map(readMoveFact));
  const method = stored && importingMethod(stored.method, move);
  if (stored === undefined || method === undefined) return;
  const claim = claimedBy(stored, method);
  const origin = methodOf(method).ownZone(claim);
  if (origin === undefined) return;
  const before = (await findSelectorImport(db, row.id))?.selectors.filter(({ records }) => records.length > 0) ?? [];
  const named = [...(await namedSelectors(db, row, claim, before)), ...aliasSelectors(stored, row, context)];
  const seen = await world.look(row.name, [...new Set(named)]);
  const others = methodOf(method).hidesNames
    ? await world.names(
        origin,
        before.flatMap(({ name }) => name ?? []),
      )
    : [];
  const look = { ...seen, selectors: [...seen.selectors, ...others], lookedAt: context.now };
  // Asked after the look: what the look found was then still the old zone's word.
  const hides = delegatedToUs(await world.delegation(origin), nsHostNames(claim, context.dns));
  const kept = await transact(db, (trx) => keep(trx, row, claim, { origin, look, hides, context }));
  if (kept === undefined || kept.zoneSerial === null || kept.servedAt !== null) return;
  if (!(await world.serves(origin, kept.zoneSerial))) return;
  await transact(db, async (trx) => {
    const now = await findSelectorImport(trx, row.id);
    if (now?.zoneSerial === kept.zoneSerial) await putSelectorImport(trx, row.id, { ...now, servedAt: context.now });
  });
}

/** Selectors to look at whatever else is found: those that the customer names, our own of a method before, those of the last look. */
async function namedSelectors(
  db: Database,
  row: DomainRow,
  claim: Claim,
  before: readonly SelectorSight[],
): Promise<string[]> {
  const ours = (await listKeysOfDomain(db, row.tenantId, row.id)).filter(({ method }) => method !== claim.method);
  const seen = before.flatMap(({ selector, name }) => (name === undefined ? [selector] : []));
  const { importSelectors = [] } = claim.options;
  return [...new Set([...importSelectors, ...ours.map(({ selector }) => selector), ...seen])];
}

/** The names of an alias method that the claim is about to leave: until the delegation is there, any of them may get the next key. */
function aliasSelectors(stored: Claim, row: DomainRow, { dns }: ZoneContext): string[] {
  const below = `._domainkey.${row.name}`;
  return expectedRecords(stored, row.algorithms.map(roleOf), dns).flatMap(({ name, type }) =>
    type === "CNAME" && name.endsWith(below) ? [name.slice(0, -below.length)] : [],
  );
}

/** Whether some server of the parent refers to us. `unknown`: none does, and not all could be heard. */
function delegatedToUs({ answers }: NameObservation, hosts: readonly string[]): "yes" | "no" | "unknown" {
  const heard = answers.flatMap(({ said }) => (said.kind === "answer" ? [said.records] : []));
  const leads = heard.some((records) =>
    records.some(({ data }) => hosts.includes(data.replace(/\.$/, "").toLowerCase())),
  );
  if (leads) return "yes";
  return heard.length > 0 && answers.every(({ said }) => said.kind !== "unknown") ? "no" : "unknown";
}

type Kept = { origin: string; look: SelectorLook; hides: "yes" | "no" | "unknown"; context: ZoneContext };

/** Records the look and brings the zone in step with it, in one transaction; undefined: the look counts for nothing. */
async function keep(
  trx: Transaction,
  { id, tenantId }: DomainRow,
  claim: Claim,
  { origin, look, hides, context }: Kept,
): Promise<SelectorImport | undefined> {
  const before = await findSelectorImport(trx, id);
  if (hides === "unknown" || (before !== undefined && before.lookedAt > look.lookedAt)) return undefined;
  if (hides === "yes") {
    if (before !== undefined && before.delegatedAt === null)
      await putSelectorImport(trx, id, { ...before, delegatedAt: context.now });
    return undefined;
  }
  const row = await findDomain(trx, tenantId, id);
  if (row === undefined || row.releasedAt !== null) return undefined;
  const seen = afterLook(before, look);
  const notInZone = { zoneSerial: null, servedAt: null };
  const inZone = isLive(row) ? await carry(trx, claim, id, origin, seen, before, context) : notInZone;
  const kept: SelectorImport = { ...seen, ...inZone, delegatedAt: null };
  await putSelectorImport(trx, id, kept);
  return kept;
}

/** Brings the imported records of the zone in step with what was seen. What a tenant or a key of ours put at a name stays. */
async function carry(
  trx: Transaction,
  claim: Claim,
  domainId: string,
  origin: string,
  seen: SelectorLook,
  before: SelectorImport | undefined,
  context: ZoneContext,
): Promise<Pick<SelectorImport, "zoneSerial" | "servedAt">> {
  const hosts = nsHostNames(claim, context.dns);
  const zone = await openDelegatedZone(trx, origin, domainId, hosts, context);
  const source = importSource(domainId);
  const there = await listRecordsBySource(trx, zone.id, source);
  const wanted = await placesLeft(trx, zone, source, recordsToCarry(seen));
  const [gone, added] = [without(there, wanted), without(wanted, there)];
  if (gone.length + added.length === 0 && before !== undefined && before.zoneSerial !== null)
    return { zoneSerial: before.zoneSerial, servedAt: before.servedAt };
  await removeRecordsOf(trx, zone.id, source, gone);
  await putRecords(trx, zone.id, sourced(source, added));
  return { zoneSerial: await renewSoa(trx, zone, hosts, context), servedAt: null };
}

async function placesLeft(
  trx: Transaction,
  zone: ZoneRow,
  source: string,
  records: ReturnType<typeof recordsToCarry>,
): Promise<Placed[]> {
  const left: Placed[] = [];
  for (const { data, ...record } of records) {
    const others = (await listRecordsAt(trx, zone.id, record.name)).filter((one) => one.source !== source);
    if (!others.some(({ type }) => isInTheWay(type, record.type)))
      left.push({ ...record, data: Buffer.from(data, "base64") });
  }
  return left;
}

/** An alias stands alone; other records stand beside those of other types, as the apex of a zone shows. */
const isInTheWay = (there: number, type: number): boolean =>
  there === type || there === TYPE.CNAME || type === TYPE.CNAME;
