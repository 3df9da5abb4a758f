import { readSoa, TYPE } from "chancery/dns";
import { appendAuditLog } from "../../engine/database/audit-log.ts";
import { bumpChangeCounter } from "../../engine/database/change-counter.ts";
import type { ZoneRecord } from "../../engine/database/records.ts";
import type { Database, Transaction, ZoneRow } from "../../engine/database/schema.ts";
import { transact } from "../../engine/database/transact.ts";
import { raiseSerial } from "../../engine/database/zones.ts";
import type { TimingPolicy } from "../../model/rotation/timing-policy.ts";
import { planChanges, type ChangePlan, type RrsetDifference, type ZoneChange } from "../../model/zone/change.ts";
import { type ChangedRrset, shownDifference } from "../../model/zone/difference.ts";
import { keptProblem } from "../../model/zone/kept.ts";
import { isEditable } from "../../model/zone/record-source.ts";
import type { RuleContext, ZoneProblem } from "../../model/zone/rule.ts";
import type { ZoneLookup } from "../../model/zone/zone-lookup.ts";
import { Refusal } from "../refusal.ts";
import { type Editor, zoneToEdit } from "./editor.ts";
import { overZone } from "./over-zone.ts";
import { writeDifferences } from "./write-differences.ts";

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

/** What was done. `serial` is that of the zone afterwards; with nothing to do it stays. */
export type ChangedZone = { origin: string; serial: number; changes: ChangedRrset[]; warnings: string[] };

export type ZoneSettings = { policy: TimingPolicy };

/** What somebody wants of a zone, which may depend on how it stands. `notes` are passed on. */
export type WantedChanges =
  | { ok: true; changes: readonly ZoneChange[]; notes: string[]; allowWildcard: boolean }
  | { ok: false; problem: string };

/**
 * Changes RRsets of a zone in one transaction. Refused, with the reason and what to do: what cannot be served, what others could not
 * read, what Chancery keeps, and what somebody else changed meanwhile.
 */
export async function changeZone(
  db: Database,
  editor: Editor,
  written: string,
  request: ZoneChangeRequest,
  settings: ZoneSettings,
  now: number,
): Promise<ChangedZone> {
  const { changes, allowWildcard = false } = request;
  const wanted: WantedChanges = { ok: true, changes, notes: [], allowWildcard };
  const { notes: _, ...changed } = await changeZoneAs(db, editor, written, () => wanted, request, settings, now);
  return changed;
}

/** The same for changes that follow from the zone as it stands. `cause` goes into the audit log. */
export async function changeZoneAs(
  db: Database,
  editor: Editor,
  written: string,
  wantedOf: (zone: ZoneLookup) => WantedChanges,
  request: Omit<ZoneChangeRequest, "changes" | "allowWildcard"> & { cause?: Record<string, unknown> },
  { policy }: ZoneSettings,
  now: number,
): Promise<ChangedZone & { notes: string[] }> {
  const work = async (at: Database): Promise<ChangedZone & { notes: string[] }> => {
    const zone = await zoneToEdit(at, editor, written);
    if (request.serial !== undefined && request.serial !== zone.serial)
      throw new Refusal(
        "changed-meanwhile",
        `${zone.origin} has serial ${zone.serial}, not ${request.serial}: somebody changed it; look at it again, then send the change with the new serial`,
      );
    const { wanted, plan, kept } = await overZone(at, zone, (lookup, { records }) =>
      planFor(zone, lookup, records, wantedOf(lookup), { editor: editor.kind, policy }),
    );
    if (!wanted.ok) throw new Refusal("invalid-input", wanted.problem);
    const { differences, warnings } = accepted(plan, kept);
    const isDone = request.dryRun === true || differences.length === 0;
    const serial = isDone
      ? zone.serial
      : await write(at as Transaction, zone, differences, { editor, cause: request.cause ?? {}, now });
    return {
      origin: zone.origin,
      serial,
      changes: differences.map(shownDifference),
      warnings,
      notes: wanted.notes,
    };
  };
  if (request.dryRun === true) return work(db);
  return transact(db, async (trx) => {
    await bumpChangeCounter(trx); // what is decided below is decided by one editor at a time
    return work(trx);
  });
}

function planFor(
  zone: ZoneRow,
  lookup: ZoneLookup,
  records: ReadonlyMap<string, readonly ZoneRecord[]>,
  wanted: WantedChanges,
  context: Omit<RuleContext, "wildcardKeys">,
): { wanted: WantedChanges; plan: ChangePlan; kept: string[] } {
  if (!wanted.ok) return { wanted, plan: wanted, kept: [] };
  const wildcardKeys = wanted.allowWildcard ? "wanted" : "refused";
  lookup.at(zone.origin);
  const apex = records.get(zone.origin) ?? [];
  if (apex.some(({ type, source }) => type === TYPE.RRSIG && isEditable(source)))
    return { wanted, plan: { ok: false, problem: signedElsewhere(zone.origin) }, kept: [] };
  const plan = planChanges(lookup, wanted.changes, { ...context, wildcardKeys });
  const differences = plan.ok ? plan.differences : [];
  const sourcesOf = ({ name, type }: RrsetDifference): string[] =>
    (records.get(name) ?? []).filter((record) => record.type === type).map(({ source }) => source);
  const kept = differences.flatMap((one) => keptProblem(zone.kind, zone.origin, one, sourcesOf(one)) ?? []);
  return { wanted, plan, kept };
}

const signedElsewhere = (origin: string): string =>
  `${origin} was signed before it was imported, so that a change here would break its signatures; change it where it is signed, and import it again`;

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
  { editor, cause, now }: { editor: Editor; cause: Record<string, unknown>; now: number },
): Promise<number> {
  await writeDifferences(trx, zone.id, differences, "user");
  const soa = differences.find(({ type }) => type === TYPE.SOA)?.after?.data[0];
  const serial = await raiseSerial(trx, zone.id, soa === undefined ? 0 : readSoa(soa).serial, now);
  await appendAuditLog(trx, {
    tenantId: editor.kind === "tenant" ? editor.tenantId : null,
    at: now,
    actor: editor.actor,
    action: "zone.change",
    subject: zone.origin,
    detail: { ...cause, serial, changes: differences.map(shownDifference) },
  });
  return serial;
}
