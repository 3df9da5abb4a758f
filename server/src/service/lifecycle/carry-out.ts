import { createHash, createPublicKey } from "node:crypto";
import { formatKeyRecord } from "chancery/dkim";
import { newId } from "../../engine/database/id.ts";
import { appendKeyFact } from "../../engine/database/key-facts.ts";
import { destroySealed, insertKey, listSelectorsOfName } from "../../engine/database/keys.ts";
import { insertDisclosedKey, isCarriedByRecord } from "../../engine/database/disclosed-keys.ts";
import { fenced } from "../../engine/database/lease.ts";
import { insertRotation } from "../../engine/database/rotations.ts";
import type { Database, KeyRow, NewKey, Transaction } from "../../engine/database/schema.ts";
import { transact } from "../../engine/database/transact.ts";
import { openKey, sealKey } from "../../engine/keystore/envelope.ts";
import { generateKeypair } from "../../engine/keystore/keypair.ts";
import type { DnsSettings, KeyPlace } from "../../model/delegation/delegation.ts";
import { disclosedEvidence } from "../../model/key/disclosure.ts";
import { askedNow } from "../../model/delegation/customer-request.ts";
import { type KeyFinding, latest, type TrustedMs } from "../../model/key/key-fact.ts";
import type { KeyRole } from "../../model/key/key-role.ts";
import { type KeyType, rsaBits } from "../../model/rotation/rotation-policy.ts";
import { broughtAs, type ManagedKey, phaseOfKey } from "../../model/rotation/rotation-state.ts";
import type { Step } from "../../model/rotation/rotation-step.ts";
import type { TimingPolicy } from "../../model/rotation/timing-policy.ts";
import type { LifecycleDeps } from "./deps.ts";
import { formerRecords } from "./former-records.ts";
import { issueNextNames } from "./issue-names.ts";
import type { LoadedDomain, LoadedStream } from "./load-domain.ts";
import { recordMove } from "./move-record.ts";
import { keepStandIns } from "./stand-ins.ts";
import {
  closeDelegatedZones,
  emptyKeyRecord,
  isKept,
  isNameTaken,
  putKeyRecord,
  removeKeyRecord,
  zoneFault,
} from "./own-record.ts";
import type { ZoneContext } from "./zone-rows.ts";

export type DurableStep = Exclude<Step, { do: "wait" | "observe" }>;

/** What a step is carried out under: the claim on the domain, and the moment of the decision. */
export type Turn = {
  deps: LifecycleDeps;
  domain: LoadedDomain;
  /** Whose step it is: what is new is made for this stream. */
  stream: LoadedStream;
  rev: number;
  policy: TimingPolicy;
  /** Of the primary keys to be made. */
  keyType: KeyType;
  dns: DnsSettings;
  nowMs: number;
  trustedMs: TrustedMs;
};

/** Something about a key itself is wrong: the step is not done, and nothing was changed. */
export type Obstacle = { keyId: string; reason: string };

/** Does one step, as one transaction under the claim. Undefined when it is done; throws `StaleLease` when the claim is lost. */
export async function carryOut(turn: Turn, step: DurableStep): Promise<Obstacle | undefined> {
  const prepare = preparing[step.do] as (turn: Turn, step: DurableStep) => Promise<Work | Obstacle>;
  const work = await prepare(turn, step);
  if (typeof work !== "function") return work;
  const { deps, domain, rev } = turn;
  deps.crashPoint?.(`before-${step.do}`);
  await transact(deps.db, async (trx) => {
    await fenced(trx, domain.row.id, rev);
    await work(trx);
  });
  deps.crashPoint?.(`after-${step.do}`);
  return undefined;
}

/** Everything that a step changes, to be run in its transaction; perhaps several times. */
type Work = (trx: Transaction) => Promise<void>;

/** For each step: what is made ready outside, and what is then written. */
const preparing: {
  [Do in DurableStep["do"]]: (turn: Turn, step: Extract<DurableStep, { do: Do }>) => Promise<Work | Obstacle>;
} = {
  plan: async ({ domain, stream: { name: stream }, nowMs }, { reason }) => {
    const { id: domainId, tenantId } = domain.row;
    const rotation = { id: newId("rot"), tenantId, domainId, stream, reason, requestedAt: epochSeconds(nowMs) };
    return async (trx) => {
      await insertRotation(trx, { ...rotation, requestedBy: "controller" });
    };
  },

  issue:
    async (turn, { role, unused }) =>
    async (trx) =>
      issueNextNames(trx, turn.domain, turn.stream, { role, unused }, zoneContext(turn)),

  generate: async (turn, step) => {
    const key = await newKey(turn, step);
    return async (trx) => {
      // False: the slot of this rotation is filled already. The next look finds the key that fills it.
      if (await insertKey(trx, key))
        await record(trx, turn, key.id, { kind: "generated", evidence: { selfTested: true } });
    };
  },

  publish: async (turn, { key }) => {
    const row = rowOf(turn, key);
    const obstacle = broughtAs(key) === "hosted" ? undefined : await sealedFault(turn, row);
    if (obstacle !== undefined) return obstacle;
    const kept = isKept(row);
    const fault = kept ? undefined : await zoneFault(turn.deps.db, turn.domain, row, turn.dns);
    if (fault !== undefined) return { keyId: key.id, reason: fault };
    const former = await formerRecords(turn.deps.db, turn.domain.row, key, turn.trustedMs);
    return async (trx) => {
      const changed = await putKeyRecord(trx, turn.domain, row, zoneContext(turn));
      const evidence = { ...changed, recordTtlSeconds: kept ? 0 : turn.policy.recordTtlSeconds };
      await record(trx, turn, key.id, { kind: "publishing", evidence });
      if (kept) await record(trx, turn, key.id, askedNow("publish", turn.policy));
      for (const evidence of former) await record(trx, turn, key.id, { kind: "superseded", evidence });
      await keepStandIns(trx, turn.domain, zoneContext(turn));
    };
  },

  record:
    async (turn, { key, finding }) =>
    async (trx) => {
      await record(trx, turn, key.id, finding);
    },

  // The drain counts from the decision, which the commit follows. A signer that reads in between is covered twice: its
  // lease stands both in the moment of the last use and in the drain itself.
  switch: async (turn, { to, from, findings }) => {
    const obstacle = await sealedFault(turn, rowOf(turn, to));
    if (obstacle !== undefined) return obstacle;
    return async (trx) => {
      await record(trx, turn, to.id, findings.to);
      if (from !== undefined) await record(trx, turn, from.id, findings.from);
    };
  },

  withdraw:
    async (turn, { key }) =>
    async (trx) => {
      const origin = latest(key.facts, "publishing")?.evidence.zone ?? turn.dns.zone;
      const changed = await removeKeyRecord(trx, turn.domain, rowOf(turn, key), zoneContext(turn), origin);
      await record(trx, turn, key.id, { kind: "withdrawing", evidence: changed });
      if (isKept(rowOf(turn, key))) await record(trx, turn, key.id, askedNow("remove", turn.policy));
      await keepStandIns(trx, turn.domain, zoneContext(turn), { withoutKey: key.id });
    },

  disclose: async (turn, { key }) => {
    const exported = await exportPrivate(turn, rowOf(turn, key));
    if ("reason" in exported) return exported;
    return async (trx) => {
      const privateKey = exported.pkcs8.toString("base64");
      await insertDisclosedKey(trx, { keyId: key.id, privateKey, disclosedAt: epochSeconds(turn.nowMs) });
      const privateSha256 = createHash("sha256").update(exported.pkcs8).digest("hex");
      await record(trx, turn, key.id, {
        kind: "disclosed",
        evidence: disclosedEvidence(key, turn.policy, privateSha256),
      });
    };
  },
  silence:
    async (turn, { key }) =>
    async (trx) => {
      const origin = latest(key.facts, "publishing")?.evidence.zone ?? turn.dns.zone;
      const changed = await emptyKeyRecord(trx, turn.domain, rowOf(turn, key), zoneContext(turn), origin);
      const { recordTtlSeconds } = turn.policy;
      await record(trx, turn, key.id, { kind: "silenced", evidence: { ...changed, recordTtlSeconds } });
    },

  revoke:
    async (turn, { key }) =>
    async (trx) => {
      const origin = latest(key.facts, "publishing")?.evidence.zone ?? turn.dns.zone;
      const changed = await emptyKeyRecord(trx, turn.domain, rowOf(turn, key), zoneContext(turn), origin);
      const { recordTtlSeconds } = turn.policy;
      await record(trx, turn, key.id, { kind: "emptied", evidence: { ...changed, recordTtlSeconds } });
    },

  destroy:
    async (turn, { key }) =>
    async (trx) => {
      await destroySealed(trx, turn.domain.row.tenantId, key.id);
      const shown = latest(key.facts, "publishing") !== undefined;
      const isGone = !shown || phaseOfKey(key) === "withdrawn";
      const reason = shown ? "its record has been gone long enough" : "it was never published";
      const finding: KeyFinding = isGone
        ? { kind: "destroyed", evidence: { reason } }
        : { kind: "discarded", evidence: { reason: "its record may stay public for longer" } };
      await record(trx, turn, key.id, finding);
      const others = turn.domain.keys.filter(({ id }) => id !== key.id);
      const isLast = isGone && others.every((other) => phaseOfKey(other) === "destroyed");
      if (turn.domain.row.releasedAt !== null && isLast) await closeDelegatedZones(trx, turn.domain, zoneContext(turn));
    },

  move:
    async (turn, { finding }) =>
    async (trx) => {
      await recordMove(trx, { ...turn, context: zoneContext(turn) }, finding);
      if (finding.kind === "asked") await keepStandIns(trx, turn.domain, zoneContext(turn), { stage: "asked" });
    },
};

const epochSeconds = (ms: number): number => Math.floor(ms / 1000);
const zoneContext = ({ dns, policy, nowMs }: Turn): ZoneContext => ({ dns, policy, now: epochSeconds(nowMs) });

async function record(trx: Transaction, turn: Turn, keyId: string, finding: KeyFinding): Promise<void> {
  const { kind, evidence } = finding;
  await appendKeyFact(trx, { keyId, kind, evidence, at: epochSeconds(turn.nowMs), trustedMs: turn.trustedMs });
}

function rowOf({ domain }: Turn, key: ManagedKey): KeyRow {
  const row = domain.keyRows.find(({ id }) => id === key.id);
  if (row === undefined) throw new Error(`${key.id} is not a key of ${domain.row.id}`);
  return row;
}

/** I-8: what is published, and what is about to sign, must be the public half of a private half that opens and works. */
async function sealedFault({ deps }: Turn, row: KeyRow): Promise<Obstacle | undefined> {
  const { id: keyId, tenantId, domainId, version, algorithm, sealed, spkiSha256 } = row;
  if (sealed === null) return { keyId, reason: "its private half is not there" };
  const opened = await openKey(deps.kek, { tenantId, domainId, keyId, version, algorithm }, sealed, spkiSha256);
  return opened.result === "opened" ? undefined : { keyId, reason: `its private half does not open: ${opened.reason}` };
}

/**
 * The next place of a slot. Where every key has a name of its own, one that still stands in the zone is passed over: a claim that was given up
 * may have left it, and its mail is on its way.
 */
async function freePlace(
  db: Database,
  { method, row }: LoadedDomain,
  { claim }: LoadedStream,
  { role, slot, dns, now }: { role: KeyRole; slot: number; dns: DnsSettings; now: number },
): Promise<KeyPlace> {
  const taken = await listSelectorsOfName(db, row.name);
  for (;;) {
    const place = method.place(claim, role, slot, dns, now, taken);
    if (taken.includes(place.selector) || !(await isNameTaken(db, place))) return place;
    taken.push(place.selector);
  }
}

/** The one place where a private half leaves: for a disclosure, after its guards. */
async function exportPrivate({ deps }: Turn, row: KeyRow): Promise<{ pkcs8: Buffer } | Obstacle> {
  const { id: keyId, tenantId, domainId, version, algorithm, sealed, spkiSha256 } = row;
  if (await isCarriedByRecord(deps.db, row)) return { keyId, reason: "a zone of ours still carries its public half" };
  if (sealed === null) return { keyId, reason: "its private half is not there" };
  const opened = await openKey(deps.kek, { tenantId, domainId, keyId, version, algorithm }, sealed, spkiSha256);
  if (opened.result === "refused") return { keyId, reason: `its private half does not open: ${opened.reason}` };
  return { pkcs8: opened.keypair.privateKey.export({ format: "der", type: "pkcs8" }) };
}

/** A new key pair, sealed for the row it goes into, under the next selector of its place. */
async function newKey(
  { deps, domain, stream, dns, nowMs, keyType }: Turn,
  { rotationId, role, algorithm, slot }: Extract<DurableStep, { do: "generate" }>,
): Promise<NewKey> {
  const { id: domainId, tenantId } = domain.row;
  const id = newId("key");
  const pair = await generateKeypair(
    algorithm === "rsa-sha256" ? { algorithm, bits: rsaBits[keyType] } : { algorithm },
  );
  const belonging = { tenantId, domainId, keyId: id, version: 1, algorithm };
  const createdAt = epochSeconds(nowMs);
  const { selector, keyName, recordName } = await freePlace(deps.db, domain, stream, {
    role,
    slot,
    dns,
    now: createdAt,
  });
  return {
    id,
    tenantId,
    domainId,
    rotationId,
    stream: stream.name,
    method: domain.claim.method,
    role,
    slot,
    selector,
    keyName,
    recordName,
    algorithm,
    bits: pair.bits,
    publicKey: pair.publicKey,
    record: formatKeyRecord(createPublicKey(pair.privateKey)),
    spkiSha256: pair.spkiSha256,
    sealed: await sealKey(deps.kek, belonging, pair.privateKey),
    version: 1,
    createdAt,
  };
}
