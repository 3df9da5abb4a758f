import { isClosedAbove, namesVerifiedBelow } from "../../engine/database/claims-around.ts";
import { findVerifiedDomain } from "../../engine/database/domains.ts";
import type { Database, DomainRow } from "../../engine/database/schema.ts";
import { claimFinding, proofFinding } from "../../model/claim/claim-finding.ts";
import { targetMissing } from "../../model/delegation/target-missing.ts";
import { customerActionDue } from "../../model/delegation/customer-action.ts";
import type { CustomerRecord, MethodName } from "../../model/delegation/delegation.ts";
import { claimedBy, methodOf } from "../../model/delegation/delegation-methods.ts";
import { importingMethod } from "../../model/delegation/move.ts";
import { roleOf } from "../../model/key/key-role.ts";
import { seriesFinding } from "../../model/delegation/series-finding.ts";
import {
  type ClaimState,
  claimState,
  type DomainStatus,
  domainStatus,
  statesThatCount,
  statusWith,
} from "../../model/claim/domain-status.ts";
import { type Finding, oneOfEach } from "../../model/finding.ts";
import { heldNameFindings, heldZoneOf } from "../../model/delegation/held-name-finding.ts";
import { type Registration, registrationFindings, registrationOf } from "../../model/delegation/registration.ts";
import { findRegistration } from "../../engine/database/registrations.ts";
import { registrableOf } from "../../engine/rdap/registrable.ts";
import { moveView, type MoveView } from "../../model/delegation/move-view.ts";
import { keyConditions } from "../../model/delegation/key-condition.ts";
import { furtherFindings, recordFinding } from "../../model/delegation/record-finding.ts";
import { claimKeys, claimOf, dnsOf, moveOfClaim, type OnboardingSettings } from "./claim.ts";
import type { CustomerZone } from "./look-closer.ts";
import { upstreamFindings } from "./upstream-findings.ts";
import { type OtherSelector, othersSelectors, selectorImportFindings } from "./other-selectors.ts";
import { claimFacts } from "./proof.ts";
import { type RecordView, type SeenRecord, seenRecords } from "./seen-records.ts";

export type DomainView = {
  row: DomainRow;
  claim: ClaimState;
  status: DomainStatus;
  records: RecordView[];
  findings: Finding[];
  /** Undefined: it is not on the move to another method. */
  move: MoveView | undefined;
  /** The `d=` of its signatures. */
  signingDomain: string;
  /** Where the customer publishes the proof of control, as last seen. */
  customerZone: CustomerZone | undefined;
  /** Where it signs as a name that is held for it: of the domain that the name is in. */
  registration?: Registration;
  /** What to know before anything is published. */
  notes: string[];
  /** Of methods that hide selectors of others: what is taken over of them. */
  otherSelectors?: OtherSelector[];
};

/** A domain as it was last seen. */
export async function domainView(
  db: Database,
  row: DomainRow,
  settings: OnboardingSettings,
  now: number,
): Promise<DomainView> {
  const claim = claimState(row);
  const [move, keys] = await Promise.all([moveOfClaim(db, row), claimKeys(db, row)]);
  const records = await seenRecords(db, row, settings, move);
  const stored = claimOf(row);
  const dns = dnsOf(settings);
  const method = methodOf(stored.method);
  const importing = importingMethod(stored.method, move);
  const cut = importing && methodOf(importing).ownZone(claimedBy(stored, importing));
  const others = importing && (await othersSelectors(db, row, stored, now, cut));
  const isCut = ({ name, purpose }: CustomerRecord): boolean => purpose === "delegation" && name === cut;
  const isDelegated = records.some(({ record, view }) => isCut(record) && view.state === "present");
  const isWithheld = others?.cutOver.may === "wait" && !isDelegated;
  const asked = records.filter(({ record }) => !isWithheld || !isCut(record));
  const isUnderWay = claim === "pending" || claim === "verified";
  const upstream = isUnderWay ? await upstreamFindings(db, row, settings) : undefined;
  const stays = asked.filter(
    ({ record: { name, purpose }, view: { state } }) =>
      purpose === "key-alias" && state !== "present" && upstream?.onTheirWay.has(name) === true,
  );
  for (const { view } of stays)
    view.remedy = `leave ${view.name} as it is until "chancery domain verify ${row.name}" says that our alias is served; then make it ${view.type} ${view.data}`;
  // What is only asked for by a move, and what may go, is no fault while it is not there.
  // Before a key of a stream signs, its mail is signed under the default stream.
  const counted = asked.filter(
    (one) =>
      (one.record.need === "now" || one.record.need === "leaving") &&
      (one.record.stream === undefined || one.record.purpose !== "key-alias-ahead") &&
      !stays.includes(one),
  );
  const isGivenUp = (key: { method: MethodName }): boolean =>
    claim === "released" || (move?.stage === "aborted" && key.method === move.left);
  const registration = await registrationOfZone(db, heldZoneOf(stored, dns), { settings, since: row.createdAt, now });
  const findings: Finding[] = [
    ...findingsOfRecords(counted),
    ...findingsBehind(asked, keys),
    ...keys.flatMap((key) => customerActionDue(key, now, isGivenUp(key)) ?? []),
    ...keys.flatMap((key) => keyConditions(row.name, key, now)),
    ...heldNameFindings(stored, dns),
    ...(registration === undefined ? [] : registrationFindings(registration, now)),
    ...((others && selectorImportFindings(row.name, others.cutOver, isDelegated, cut)) ?? []),
    ...(claim === "verified" ? runningOut(row, records, settings) : []),
    ...(upstream?.findings ?? []),
  ];
  const proven = records.some(({ record, view }) => record.purpose === "challenge" && view.state === "present");
  const mayHear = claim === "vouched" || (claim === "pending" && proven);
  const elsewhere = mayHear && (await findVerifiedDomain(db, row.name)) !== undefined;
  const closed = claim === "pending" && proven && (await isClosedAbove(db, row.tenantId, row.name));
  const states = statesThatCount(
    claim,
    counted.map(({ record, view }) => ({ ...record, state: view.state })),
  );
  const status = elsewhere ? "failed" : statusWith(domainStatus(claim, states), findings);
  const isNotYet = (isWithheld && method.hidesSelectors) || stays.length > 0;
  return {
    row,
    claim,
    status: closed ? "failed" : isNotYet && status === "valid" ? "pending" : status,
    records: asked.map(({ view }) => view),
    move:
      move &&
      moveView(
        stored,
        move,
        row.algorithms.map(roleOf),
        keys,
        asked.map(({ view }) => view),
      ),
    ...(others !== undefined && { otherSelectors: others.listed }),
    signingDomain: method.signingDomain(stored, dns),
    customerZone: records.find(({ record }) => record.purpose === "challenge")?.zone,
    ...(registration !== undefined && { registration }),
    notes: method.notes(stored, dns),
    findings: [
      ...findings,
      // Said only to who has proven control, or to the operator, and nothing about the holder.
      ...(elsewhere ? [claimFinding("ClaimedElsewhere", row.name, [])] : []),
      ...(closed ? [claimFinding("DomainClosed", row.name, [])] : []),
      ...(await ofStanding(db, row, claim)),
    ],
  };
}

/** What is wrong with the records that are asked for now, each thing once. */
const findingsOfRecords = (counted: readonly SeenRecord[]): Finding[] =>
  oneOfEach(
    counted.flatMap(({ record, view, reasons = [], problem, also = [] }) => {
      if (view.checkedAt === null) return [];
      const seenAt = view.checkedAt;
      const own = recordFinding(record.purpose, view, reasons, problem) ?? [];
      return [own, furtherFindings(view.name, also)].flat().map((finding) => ({ ...finding, seenAt }));
    }),
  );

/** Aliases that are as they should be, with nothing behind them. */
const findingsBehind = (records: readonly SeenRecord[], keys: Parameters<typeof targetMissing>[1]): Finding[] =>
  records.flatMap(({ record: { name }, view: { state }, behind }) => {
    const missing = targetMissing({ name, state, behind }, keys);
    return missing === undefined || behind === undefined ? [] : [{ ...missing, seenAt: behind.checkedAt }];
  });

/** The setting is about the zone that names are held in now. */
async function registrationOfZone(
  db: Database,
  zone: string | undefined,
  { settings, since, now }: { settings: OnboardingSettings; since: number; now: number },
): Promise<Registration | undefined> {
  if (zone === undefined) return undefined;
  const setting = zone === settings.dns?.heldZone ? settings.heldZoneUntil : undefined;
  const name = registrableOf(zone);
  return registrationOf(name, await findRegistration(db, name), { setting, since, now });
}

const belowMax = 20;

/** What is said of a claim that was verified: how its proof stands, and who else came below it. */
async function ofStanding(db: Database, row: DomainRow, claim: ClaimState): Promise<Finding[]> {
  if (claim !== "verified" && claim !== "suspended") return [];
  const proof = proofFinding(row.name, await claimFacts(db, row), utcTime);
  const below = await namesVerifiedBelow(db, row.tenantId, row.name, belowMax);
  return [
    ...(proof === undefined ? [] : [proof]),
    ...below.map(({ name, verifiedAt }) => claimFinding("VerifiedBelow", name, [`verified ${utcTime(verifiedAt)}`])),
  ];
}

const utcTime = (at: number): string => `${new Date(at * 1000).toISOString().slice(0, 16)}Z`;

/** Of a method whose names are published ahead: whether few are left that no key has used. */
function runningOut(row: DomainRow, records: readonly SeenRecord[], settings: OnboardingSettings): Finding[] {
  const claim = claimOf(row);
  const names = methodOf(claim.method).offered?.(claim, dnsOf(settings));
  if (names === undefined) return [];
  const ahead = new Map(
    records
      .filter(({ record: { purpose } }) => purpose === "key-alias-ahead")
      .map(({ view: { name, state } }) => [name, state]),
  );
  const unused = names.flatMap((name) => {
    const state = ahead.get(name.keyName);
    return state === undefined ? [] : [{ ...name, state }];
  });
  return [seriesFinding(row.name, row.algorithms.map(roleOf), unused) ?? []].flat();
}
