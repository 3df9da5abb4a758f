import { lockDomain } from "../../engine/database/domains.ts";
import { wakeDomain } from "../../engine/database/lease.ts";
import { listRecordStates, putRecordState } from "../../engine/database/record-states.ts";
import type { Database, DomainRow } from "../../engine/database/schema.ts";
import { transact } from "../../engine/database/transact.ts";
import { findZoneByOrigin } from "../../engine/database/zones.ts";
import type { NameObservation, ServerAnswer } from "../../model/rotation/chain-observation.ts";
import { type ProofSight, proofSight } from "../../model/claim/claim-proof.ts";
import type { TrustedMs } from "../../model/key/key-fact.ts";
import { formerAfter } from "../../model/delegation/former-record.ts";
import { recordStateKey } from "../../model/delegation/move-records.ts";
import type { TimingPolicy } from "../../model/rotation/timing-policy.ts";
import type { CustomerRecord } from "../../model/delegation/delegation.ts";
import { claimKeys, type OnboardingSettings, recordsOf } from "./claim.ts";
import {
  type Before,
  type CloserDeps,
  type CustomerZone,
  lookAround,
  lookAtRecord,
  lookElsewhere,
} from "./look-closer.ts";
import { type Proved, recordProof } from "./proof.ts";

/** Asks every authoritative address of a name; for NS, those of the parent. Never rejects: silence is an answer of its own. */
export type ObserveName = (name: string, type: "TXT" | "CNAME" | "NS") => Promise<NameObservation>;

/** What a look at a claim is made with. */
export type ObserveDeps = CloserDeps & {
  observe: ObserveName;
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
  const before = new Map(
    (await listRecordStates(db, row.tenantId, row.id)).map((one) => [`${one.name} ${one.type}`, beforeOf(one)]),
  );
  const known = (record: CustomerRecord): Before | undefined => before.get(`${record.name} ${recordStateKey(record)}`);
  const verdicts = await Promise.all(
    expected.map((record) => lookAtRecord(record, observed.get(`${record.name} ${record.type}`)!, keys, deps)),
  );
  // Somebody who asks hears of every wrong place, and it is looked at again for as long as the record stands there.
  const everywhere = (record: CustomerRecord): boolean =>
    deps.actor !== undefined || known(record)?.code === "WrongHost";
  await lookElsewhere(verdicts, row.name, everywhere, deps.follow);
  await lookAround(verdicts, row.name, deps, {
    before: known,
    now: deps.now(),
    observeOwn: async (zone) =>
      (await findZoneByOrigin(db, zone)) === undefined ? undefined : deps.observe(zone, "TXT"),
  });
  const sight = challenge && (await sightOf(db, row, observed.get(`${challenge.name} TXT`)!, elsewhere));
  const lost = verdicts
    .filter(
      ({ record, state }) =>
        (state === "absent" || state === "wrong") &&
        record.purpose !== "key-removal" &&
        record.need !== "removable" &&
        known(record)?.state === "present",
    )
    .map(({ record, state }) => `${record.name} ${record.type} is ${state}`);
  const moment = { at: deps.now(), trustedMs: await deps.trustedMs() };
  return transact(db, async (trx) => {
    if (!(await lockDomain(trx, row.tenantId, row.id))) return { proof: undefined, lost };
    for (const { record, at, state, found, reasons, problem, also, ...others } of verdicts) {
      const former = formerAfter(known(record)?.former, others, at.zone, moment.trustedMs);
      const presentSince = state === "present" ? (known(record)?.presentSince ?? moment.at) : undefined;
      await putRecordState(trx, {
        domainId: row.id,
        name: record.name,
        type: recordStateKey(record),
        state,
        found: { found, reasons, problem, also, presentSince, zone: zoneOf(at) ?? known(record)?.zone, former },
        checkedAt: moment.at,
      });
    }
    // Whatever waits for these records goes on at once: a key for its name, a move.
    if (
      verdicts.some(({ record, state }) => known(record)?.state !== state) ||
      expected.some(({ need }) => need === "wanted" || need === "removable")
    )
      await wakeDomain(trx, row.id, moment.at);
    return {
      proof: sight === undefined ? undefined : await recordProof(trx, row, sight, moment, deps),
      lost,
    };
  });
}

function beforeOf({ state, found }: { state: Before["state"]; found: unknown }): Before {
  const { problem, presentSince, zone, former } = found as Pick<Before, "presentSince" | "zone" | "former"> & {
    problem?: { code: string };
  };
  return { state, presentSince, code: problem?.code, zone, former };
}

/** A silent server takes away nothing of what was known before. */
const zoneOf = ({ zone, servers }: NameObservation): CustomerZone | undefined =>
  zone === "" || servers === undefined ? undefined : { name: zone, nameServers: servers };

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
