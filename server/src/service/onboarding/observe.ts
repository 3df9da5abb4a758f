import { markDomainVerified } from "../../engine/database/domains.ts";
import { wakeDomain } from "../../engine/database/lease.ts";
import { listRecordStates, putRecordState } from "../../engine/database/record-states.ts";
import { appendAuditLog } from "../../engine/database/audit-log.ts";
import type { Database, DomainRow } from "../../engine/database/schema.ts";
import { transact } from "../../engine/database/transact.ts";
import type { NameObservation } from "../../model/chain-observation.ts";
import { recordStateKey } from "../../model/move-records.ts";
import { checkRecord } from "../../model/record-check.ts";
import type { CustomerRecord } from "../../model/delegation.ts";
import { type OnboardingSettings, recordsOf } from "./claim.ts";
import { wrongHostOf } from "./wrong-host.ts";

/** Asks every authoritative address of a name; for NS, those of the parent. Never rejects: silence is an answer of its own. */
export type ObserveName = (name: string, type: "TXT" | "CNAME" | "NS") => Promise<NameObservation>;

/** What came of looking at a claim: whether its proof of control was accepted, now or before. */
export type Looked = {
  claim: "pending" | "verified" | "claimed-elsewhere";
  /** Records that were there at the last look and are not, or not as they should be, at this one. */
  lost: string[];
};

/**
 * Looks at everything that the customer has to publish and records what was seen. The proof of control, seen at every
 * authoritative address of the customer's own zone, verifies the claim; of several tenants one wins.
 */
export async function observeClaim(
  db: Database,
  row: DomainRow,
  settings: OnboardingSettings,
  observe: ObserveName,
  now: () => number,
): Promise<Looked> {
  const expected = await recordsOf(db, row, settings);
  // Several NS of one set are one question.
  const questions = new Map(
    expected.map(({ name, type }) => [`${name} ${type}`, { name, type: type as "TXT" | "CNAME" | "NS" }]),
  );
  const observed = new Map(
    await Promise.all([...questions].map(async ([key, { name, type }]) => [key, await observe(name, type)] as const)),
  );
  const verdicts = await Promise.all(
    expected.map(async (record) => {
      const verdict = checkRecord(record, observed.get(`${record.name} ${record.type}`)!);
      const isAway = verdict.state === "absent" && record.type === "TXT" && isKeyRecord(record);
      const problem = isAway ? await wrongHostOf(record, row.name, observe) : undefined;
      return { record, ...verdict, ...(problem !== undefined && { problem }) };
    }),
  );
  const proven = verdicts.some(({ record, state }) => record.purpose === "challenge" && state === "present");
  const checkedAt = now();
  const before = new Map(
    (await listRecordStates(db, row.tenantId, row.id)).map((one) => [`${one.name} ${one.type}`, one.state]),
  );
  const lost = verdicts
    .filter(
      ({ record, state }) =>
        (state === "absent" || state === "wrong") &&
        record.purpose !== "key-removal" &&
        record.need !== "removable" &&
        before.get(`${record.name} ${recordStateKey(record)}`) === "present",
    )
    .map(({ record, state }) => `${record.name} ${record.type} is ${state}`);
  return transact(db, async (trx) => {
    for (const { record, state, found, reasons, problem } of verdicts)
      await putRecordState(trx, {
        domainId: row.id,
        name: record.name,
        type: recordStateKey(record),
        state,
        found: { found, reasons, problem },
        checkedAt,
      });
    // A move that waits for these records goes on at once.
    if (expected.some(({ need }) => need === "wanted" || need === "removable"))
      await wakeDomain(trx, row.id, checkedAt);
    if (row.verifiedAt !== null) return { claim: "verified", lost };
    if (!proven) return { claim: "pending", lost };
    const outcome = await markDomainVerified(trx, row.tenantId, row.id, checkedAt);
    if (outcome === "gone") return { claim: "pending", lost };
    if (outcome === "verified") {
      await wakeDomain(trx, row.id, checkedAt);
      await appendAuditLog(trx, {
        tenantId: row.tenantId,
        at: checkedAt,
        actor: "controller",
        action: "domain.verified",
        subject: row.name,
        detail: {},
      });
    }
    return { claim: outcome, lost };
  });
}

const isKeyRecord = ({ purpose }: CustomerRecord): boolean => purpose === "key-record" || purpose === "key-request";
