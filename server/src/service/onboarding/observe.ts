import { lockDomain } from "../../engine/database/domains.ts";
import { wakeDomain } from "../../engine/database/lease.ts";
import { listRecordStates, putRecordState } from "../../engine/database/record-states.ts";
import type { Database, DomainRow } from "../../engine/database/schema.ts";
import { transact } from "../../engine/database/transact.ts";
import { findZoneByOrigin } from "../../engine/database/zones.ts";
import type { NameObservation, ServerAnswer } from "../../model/rotation/chain-observation.ts";
import { type ProofSight, proofSight } from "../../model/claim/claim-proof.ts";
import type { TrustedMs } from "../../model/key/key-fact.ts";
import { recordProblem } from "../../model/delegation/record-problem.ts";
import { recordStateKey } from "../../model/delegation/move-records.ts";
import { checkRecord, type Former, formerAfter } from "../../model/delegation/record-check.ts";
import type { TimingPolicy } from "../../model/rotation/timing-policy.ts";
import type { CustomerRecord } from "../../model/delegation/delegation.ts";
import { claimKeys, type OnboardingSettings, recordsOf } from "./claim.ts";
import { type Proved, recordProof } from "./proof.ts";
import { wrongHostOf } from "./wrong-host.ts";

/** Asks every authoritative address of a name; for NS, those of the parent. Never rejects: silence is an answer of its own. */
export type ObserveName = (name: string, type: "TXT" | "CNAME" | "NS") => Promise<NameObservation>;

/** What a look at a claim is made with. */
export type ObserveDeps = {
  observe: ObserveName;
  /** What resolvers at other places say of a TXT; none where none are configured. Never rejects. */
  elsewhere: (name: string) => Promise<readonly ServerAnswer[]>;
  now: () => number;
  trustedMs: () => Promise<TrustedMs>;
  policy: TimingPolicy;
  /** Who asked for the look, for the audit log; absent: the controller, which looks by itself. */
  actor?: string;
};

/** What came of looking at a claim. */
export type Looked = {
  /** What was recorded of its proof of control, or why nothing was; undefined: nothing new. */
  proof: Proved;
  /** Records that were there at the last look and are not, or not as they should be, at this one. */
  lost: string[];
};

/**
 * Looks at everything that the customer has to publish and records what was seen. The proof of control, seen at every
 * authoritative address of the customer's own zone, verifies the claim; of several tenants one wins. A proof that is gone
 * starts the claim's clock.
 */
export async function observeClaim(
  db: Database,
  row: DomainRow,
  settings: OnboardingSettings,
  deps: ObserveDeps,
): Promise<Looked> {
  const expected = await recordsOf(db, row, settings);
  // Several NS of one set are one question.
  const questions = new Map(
    expected.map(({ name, type }) => [`${name} ${type}`, { name, type: type as "TXT" | "CNAME" | "NS" }]),
  );
  const challenge = expected.find(({ purpose }) => purpose === "challenge");
  const [answers, elsewhere] = await Promise.all([
    Promise.all([...questions].map(async ([key, { name, type }]) => [key, await deps.observe(name, type)] as const)),
    challenge === undefined ? [] : deps.elsewhere(challenge.name),
  ]);
  const observed = new Map(answers);
  const keys = (await claimKeys(db, row)).map((key) => key.record);
  const verdicts = await Promise.all(
    expected.map(async (record) => {
      const at = observed.get(`${record.name} ${record.type}`)!;
      const verdict = checkRecord(record, at);
      if (verdict.state === "present") return { record, ...verdict };
      const problem =
        verdict.problem ??
        (isKeyRecord(record) ? undefined : recordProblem(record, at, keys)) ??
        (verdict.state === "absent" && isSoughtElsewhere(record, expected)
          ? await wrongHostOf(record, row.name, deps.observe)
          : undefined);
      return { record, ...verdict, ...(problem !== undefined && { problem }) };
    }),
  );
  const sight = challenge && (await sightOf(db, row, observed.get(`${challenge.name} TXT`)!, elsewhere));
  const rows = await listRecordStates(db, row.tenantId, row.id);
  const before = new Map(rows.map((one) => [`${one.name} ${one.type}`, one.state]));
  const formers = new Map(
    rows.map((one) => [`${one.name} ${one.type}`, (one.found as { former?: Former }).former] as const),
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
  const moment = { at: deps.now(), trustedMs: await deps.trustedMs() };
  return transact(db, async (trx) => {
    if (!(await lockDomain(trx, row.tenantId, row.id))) return { proof: undefined, lost };
    for (const { record, ...verdict } of verdicts) {
      const { state, found, reasons, problem } = verdict;
      const type = recordStateKey(record);
      const { zone } = observed.get(`${record.name} ${record.type}`)!;
      const former = formerAfter(formers.get(`${record.name} ${type}`), verdict, zone, moment.trustedMs);
      await putRecordState(trx, {
        domainId: row.id,
        name: record.name,
        type,
        state,
        found: { found, reasons, problem, former },
        checkedAt: moment.at,
      });
    }
    // Whatever waits for these records goes on at once: a key for its name, a move.
    if (
      verdicts.some(({ record, state }) => before.get(`${record.name} ${recordStateKey(record)}`) !== state) ||
      expected.some(({ need }) => need === "wanted" || need === "removable")
    )
      await wakeDomain(trx, row.id, moment.at);
    return {
      proof: sight === undefined ? undefined : await recordProof(trx, row, sight, moment, deps),
      lost,
    };
  });
}

/** What is looked for at usual wrong names: the proof, key records, and of several aliases the first, which tells for all. */
const isSoughtElsewhere = (record: CustomerRecord, expected: readonly CustomerRecord[]): boolean =>
  record.purpose === "challenge" ||
  isKeyRecord(record) ||
  record === expected.find(({ purpose }) => purpose === "key-alias");

const isKeyRecord = ({ purpose }: CustomerRecord): boolean => purpose === "key-record" || purpose === "key-request";

/** A proof in a zone that is delegated to us proves nothing: we would be our own witness. */
async function sightOf(
  db: Database,
  row: DomainRow,
  observed: NameObservation,
  elsewhere: readonly ServerAnswer[],
): Promise<ProofSight> {
  const zone = observed.zone === "" ? undefined : await findZoneByOrigin(db, observed.zone);
  if (zone === undefined || zone.kind === "operator") return proofSight(observed, row.challengeToken, elsewhere);
  const reason = `${zone.origin} is delegated to us: the proof has to stand outside of it`;
  return { sight: "unknown", addresses: [], reasons: [reason] };
}
