import { fingerprintOf, formatKeyRecord, lintKeyRecord } from "chancery/dkim";
import { parseDomain } from "chancery/mail";
import { appendAuditLog } from "../../engine/database/audit-log.ts";
import { newId } from "../../engine/database/id.ts";
import { issueName } from "../../engine/database/issued-names.ts";
import { appendKeyFact, listKeyFacts } from "../../engine/database/key-facts.ts";
import { insertKey, listKeysOfDomain, listSelectorsOfName } from "../../engine/database/keys.ts";
import { wakeDomain } from "../../engine/database/lease.ts";
import { insertRotation } from "../../engine/database/rotations.ts";
import type { NewKey, Transaction } from "../../engine/database/schema.ts";
import { transact } from "../../engine/database/transact.ts";
import { sealKey } from "../../engine/keystore/envelope.ts";
import type { Kek } from "../../engine/keystore/kek.ts";
import { importedPlace } from "../../model/delegation/delegation-customer-key.ts";
import { readFact } from "../../model/key/key-fact.ts";
import { isUpcoming, phaseOf } from "../../model/key/key-phase.ts";
import { roleOf } from "../../model/key/key-role.ts";
import { Refusal } from "../refusal.ts";
import { type BroughtKey, readBroughtKey } from "./brought-key.ts";
import { type KeyListing, listKeys, lookInto, type Onlooker } from "./key-list.ts";
import type { LoadedDomain } from "./load-domain.ts";

/** A key that a customer brings. Of its private half, if it comes, nothing is ever answered or logged. */
export type KeyImport = {
  tenantId: string;
  domainId: string;
  selector: string;
  key: BroughtKey;
  /** We publish the record, behind an alias; absent: the customer does. A public half alone is always hosted. */
  host?: boolean;
  requestedBy: string;
};

/** What stands at a key name now: the texts there, or undefined where that cannot be told. */
export type LookAtName = (keyName: string) => Promise<readonly string[] | undefined>;

/**
 * Takes a key that the customer made. With its private half we sign, once its record is seen everywhere: beside the key that signs now, or as
 * its successor. With the public half alone we host the record and do nothing more. Refuses weak keys, keys that are known here or were
 * revoked, and a selector that has or had another key: in place, no wait would be long enough.
 */
export async function importKeyOf(
  deps: Onlooker & { kek: Kek; look: LookAtName },
  { tenantId, domainId, selector: written, key, host = false, requestedBy }: KeyImport,
): Promise<KeyListing> {
  const { domain } = await lookInto(deps, tenantId, domainId);
  const { name } = domain.row;
  if (domain.method.maker !== "customer")
    throw new Refusal(
      "invalid-input",
      `the keys of ${name} are made here (${domain.claim.method}); a domain whose owner brings them is added with --method customer-key`,
    );
  if (domain.row.suspendedAt !== null || domain.row.releasedAt !== null)
    throw new Refusal("not-ready", `the claim of ${name} is not in force`);
  const selector = selectorOf(written, name);
  const brought = await readBroughtKey(key);
  const role = roleOf(brought.algorithm);
  if (!domain.row.algorithms.includes(brought.algorithm))
    throw new Refusal("invalid-input", `${name} signs with RSA alone; add it with --ed25519 to bring an Ed25519 key`);
  const { dns } = await deps.settings();
  if (dns === undefined) throw new Refusal("not-configured", "dns.zone is not set: it says where our targets live");
  const hosted = brought.privateKey === undefined;
  const slot = 1 + Math.max(0, ...domain.keyRows.map((row) => row.slot));
  const place = importedPlace(domain.claim, selector, slot, hosted || host ? "us" : "customer", dns);
  await refuseInPlace(deps.look, place.keyName, brought.spkiSha256);
  const now = Math.floor(deps.nowMs() / 1000);
  const [id, rotationId] = [newId("key"), newId("rot")];
  const belonging = { tenantId, domainId, keyId: id, version: 1, algorithm: brought.algorithm };
  const { algorithm, bits, publicKey, spkiSha256 } = brought;
  const row: NewKey = {
    id,
    tenantId,
    domainId,
    rotationId,
    method: domain.claim.method,
    role,
    slot,
    selector,
    keyName: place.keyName,
    recordName: place.recordName,
    algorithm,
    bits,
    publicKey,
    record: formatKeyRecord(brought.publicHalf),
    spkiSha256,
    version: 1,
    sealed: brought.privateKey === undefined ? null : await sealKey(deps.kek, belonging, brought.privateKey),
    createdAt: now,
  };
  const trustedMs = await deps.trustedTime.readMs();
  await transact(deps.db, async (trx) => {
    await wakeDomain(trx, domainId, now); // also takes imports of one domain one after the other
    await refuseSecond(trx, domain, row, hosted);
    const reason = hosted ? "hosted" : "imported";
    await insertRotation(trx, { id: rotationId, tenantId, domainId, reason, requestedAt: now, requestedBy });
    if (!(await insertKey(trx, row))) throw alreadyKnown(domain, row.spkiSha256);
    const evidence = { selfTested: !hosted, brought: hosted ? "hosted" : "shared" };
    await appendKeyFact(trx, { keyId: id, kind: "generated", evidence, at: now, trustedMs });
    if (row.recordName !== row.keyName)
      await issueName(trx, { name: row.recordName, domainId, purpose: "key-target", slot, issuedAt: now });
    const detail = { id, selector, algorithm: brought.algorithm, bits: brought.bits, reason };
    const entry = { tenantId, at: now, actor: requestedBy, action: "key.import", subject: name, detail };
    await appendAuditLog(trx, entry);
  });
  const { keys } = await listKeys(deps, tenantId, domainId);
  const listed = keys.find((one) => one.id === id);
  if (listed === undefined) throw new Error("a key that was imported is listed");
  return listed;
}

function selectorOf(written: string, domain: string): string {
  const parsed = parseDomain(written);
  if (!parsed.ok || `${parsed.value}._domainkey.${domain}`.length > 253)
    throw new Refusal(
      "invalid-input",
      `${JSON.stringify(written.slice(0, 100))} is no selector: letters, digits, hyphens, dots`,
    );
  return parsed.value;
}

/** Replacing the key under a name breaks mail that is on its way, whatever one waits for: the next key needs a name of its own. */
async function refuseInPlace(look: LookAtName, keyName: string, spkiSha256: string): Promise<void> {
  const texts = (await look(keyName)) ?? [];
  const others = texts.flatMap((text) => lintKeyRecord(text).read?.publicKey.object ?? []).map(fingerprintOf);
  if (others.length > 0 && !others.includes(spkiSha256))
    throw new Refusal(
      "invalid-input",
      `${keyName} carries another key now. Mail signed with it would fail from the moment it is replaced: bring the new key under a selector that was never used`,
    );
}

/** One key of a kind is on its way at a time, and no key name ever takes a second one. */
async function refuseSecond(
  trx: Transaction,
  { row, claim }: LoadedDomain,
  key: NewKey,
  hosted: boolean,
): Promise<void> {
  const keys = await listKeysOfDomain(trx, row.tenantId, row.id);
  if (keys.some(({ spkiSha256 }) => spkiSha256 === key.spkiSha256))
    throw alreadyKnown({ keyRows: keys }, key.spkiSha256);
  if ((await listSelectorsOfName(trx, claim.domain)).includes(key.selector))
    throw new Refusal(
      "already-exists",
      `the selector ${key.selector} had a key before: bring the next one under a selector that was never used`,
    );
  if (hosted) return;
  const facts = Map.groupBy(
    await listKeyFacts(
      trx,
      row.tenantId,
      keys.map(({ id }) => id),
    ),
    ({ keyId }) => keyId,
  );
  const onItsWay = keys.find(
    ({ id, role, sealed, method }) =>
      role === key.role &&
      method === key.method &&
      sealed !== null &&
      isUpcoming(phaseOf((facts.get(id) ?? []).map(readFact))),
  );
  if (onItsWay !== undefined)
    throw new Refusal(
      "rotation-queued",
      `${onItsWay.selector} is on its way to take over; wait for it, or take it back: chancery key withdraw ${claim.domain} --selector ${onItsWay.selector}`,
    );
}

/** Said alike of a key of another tenant and of one that was revoked: nobody learns whose it is. */
function alreadyKnown({ keyRows }: Pick<LoadedDomain, "keyRows">, spkiSha256: string): Refusal {
  const own = keyRows.find((row) => row.spkiSha256 === spkiSha256);
  return own === undefined
    ? new Refusal(
        "already-exists",
        "this key cannot be used: it is known here already, or was revoked; make a new key pair",
      )
    : new Refusal("already-exists", `this key is here already, under the selector ${own.selector}`);
}
