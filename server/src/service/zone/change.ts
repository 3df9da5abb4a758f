import { readSoa, TYPE, typeName } from "chancery/dns";
import { appendAuditLog } from "../../engine/database/audit-log.ts";
import { bumpChangeCounter } from "../../engine/database/change-counter.ts";
import { putRecords, removeRrset } from "../../engine/database/records.ts";
import type { Database, Transaction, ZoneRow } from "../../engine/database/schema.ts";
import { transact } from "../../engine/database/transact.ts";
import { raiseSerial } from "../../engine/database/zones.ts";
import type { TimingPolicy } from "../../model/timing-policy.ts";
import { planChanges, type ChangePlan, type RrsetDifference, type ZoneChange } from "../../model/zone/change.ts";
import { keptProblem } from "../../model/zone/kept.ts";
import type { RuleContext, ZoneProblem } from "../../model/zone/rule.ts";
import { recordsOf, type RrsetText, textOf } from "../../model/zone/rrset.ts";
import type { ZoneLookup } from "../../model/zone/zone-lookup.ts";
import { Refusal } from "../refusal.ts";
import { type Editor, zoneToEdit } from "./editor.ts";
import { overZone } from "./over-zone.ts";

/** What is asked for in one request: all of it or nothing. */
export type ZoneChangeRequest = {
  changes: readonly ZoneChange[];
  /** The serial that the caller saw: with another one nothing is done, for somebody else was there. Absent: whatever it is. */
  serial?: number | undefined;
  /** Tell what would happen. */
  dryRun?: boolean | undefined;
  /** A wildcard that answers for every selector is meant. */
  allowWildcard?: boolean | undefined;
};

export type ChangedRrset = { name: string; type: string; before: RrsetText | null; after: RrsetText | null };
/** What was done. `serial` is that of the zone afterwards; with nothing to do it stays. */
export type ChangedZone = { origin: string; serial: number; changes: ChangedRrset[]; warnings: string[] };

export type ZoneSettings = { policy: TimingPolicy };

/** What a request comes to, computed from the zone as it stands. */
export type ChangesOf = (zone: ZoneLookup) => readonly ZoneChange[];

/**
 * Changes RRsets of a zone in one transaction. Refused, with the reason and what to do: what cannot be served, what others could not
 * read, what Chancery keeps, and what somebody else changed meanwhile.
 */
export async function changeZone(
  db: Database,
  editor: Editor,
  written: string,
  request: Omit<ZoneChangeRequest, "changes"> & { changes: ChangesOf | readonly ZoneChange[]; action?: string },
  { policy }: ZoneSettings,
  now: number,
): Promise<ChangedZone> {
  const context: RuleContext = {
    editor: editor.kind,
    wildcardKeys: request.allowWildcard === true ? "wanted" : "refused",
    policy,
  };
  const changesOf = typeof request.changes === "function" ? request.changes : () => request.changes as ZoneChange[];
  const work = async (at: Database): Promise<ChangedZone> => {
    const zone = await zoneToEdit(at, editor, written);
    if (request.serial !== undefined && request.serial !== zone.serial)
      throw new Refusal(
        "changed-meanwhile",
        `${zone.origin} has serial ${zone.serial}, not ${request.serial}: somebody changed it; look at it again, then send the change with the new serial`,
      );
    const { plan, kept } = await overZone(at, zone, (lookup, { records }) => {
      const decided = planChanges(lookup, changesOf(lookup), context);
      const sourcesOf = ({ name, type }: RrsetDifference): string[] =>
        (records.get(name) ?? []).filter((record) => record.type === type).map(({ source }) => source);
      const keeps = decided.ok ? decided.differences : [];
      return {
        plan: decided,
        kept: keeps.flatMap((one) => keptProblem(zone.kind, zone.origin, one, sourcesOf(one)) ?? []),
      };
    });
    const { differences, warnings } = accepted(plan, kept);
    const serial =
      request.dryRun === true || differences.length === 0
        ? zone.serial
        : await write(at as Transaction, zone, differences, { editor, action: request.action ?? "zone.change", now });
    return { origin: zone.origin, serial, changes: differences.map(shownDifference), warnings };
  };
  if (request.dryRun === true) return work(db);
  return transact(db, async (trx) => {
    await bumpChangeCounter(trx); // what is decided below is decided by one editor at a time
    return work(trx);
  });
}

function accepted(plan: ChangePlan, kept: readonly string[]): { differences: RrsetDifference[]; warnings: string[] } {
  if (!plan.ok) throw new Refusal("invalid-input", plan.problem);
  if (kept.length > 0) throw new Refusal("forbidden", kept.join("; "));
  const told = ({ name, problem, remedy }: ZoneProblem): string => `${name}: ${problem}; ${remedy}`;
  const errors = plan.problems.filter(({ severity }) => severity === "error");
  if (errors.length > 0) throw new Refusal("records-refused", errors.map(told).join("\n"));
  return { differences: plan.differences, warnings: plan.problems.map(told) };
}

/** Carries differences out, with who did what in the audit log. Answers the new serial. */
async function write(
  trx: Transaction,
  zone: ZoneRow,
  differences: readonly RrsetDifference[],
  { editor, action, now }: { editor: Editor; action: string; now: number },
): Promise<number> {
  for (const { name, type, before } of differences)
    if (before !== undefined) await removeRrset(trx, zone.id, name, type);
  await putRecords(
    trx,
    zone.id,
    differences
      .flatMap(({ after }) => (after === undefined ? [] : recordsOf(after)))
      .map((record) => ({ ...record, source: "user" })),
  );
  const soa = differences.find(({ type }) => type === TYPE.SOA)?.after?.data[0];
  const serial = await raiseSerial(trx, zone.id, soa === undefined ? 0 : readSoa(soa).serial, now);
  await appendAuditLog(trx, {
    tenantId: editor.kind === "tenant" ? editor.tenantId : null,
    at: now,
    actor: editor.actor,
    action,
    subject: zone.origin,
    detail: { serial, changes: differences.map(shownDifference) },
  });
  return serial;
}

export const shownDifference = ({ name, type, before, after }: RrsetDifference): ChangedRrset => ({
  name,
  type: typeName(type),
  before: before === undefined ? null : textOf(before),
  after: after === undefined ? null : textOf(after),
});
