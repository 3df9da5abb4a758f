import { createPublicKey, randomBytes } from "node:crypto";
import { formatKeyRecord } from "chancery/dkim";
import { putClaimLook } from "../../engine/database/claim-facts.ts";
import { advanceTrustedClock, readTrustedClock } from "../../engine/database/clock.ts";
import {
  findVerifiedDomain,
  insertDomain,
  markDomainReleased,
  markDomainSuspended,
  markDomainVerified,
} from "../../engine/database/domains.ts";
import { newId } from "../../engine/database/id.ts";
import { appendKeyFact } from "../../engine/database/key-facts.ts";
import { insertKey } from "../../engine/database/keys.ts";
import { type DatabaseOptions, openDatabase } from "../../engine/database/open.ts";
import { insertRotation } from "../../engine/database/rotations.ts";
import { addTenant, someDomain, someKey, someRotation } from "../../engine/database/rows.fixture.ts";
import { transact } from "../../engine/database/transact.ts";
import { sealKey } from "../../engine/keystore/envelope.ts";
import { kekOf } from "../../engine/keystore/kek.ts";
import { generateKeypair } from "../../engine/keystore/keypair.ts";
import type { KeyFactKind } from "../../model/key/key-fact.ts";
import type { KeyAlgorithm, KeyRole } from "../../model/key/key-role.ts";
import { KeyRing } from "./key-ring.ts";

/** How far each key of a domain has got: the last thing, or things, that were recorded of it. */
export type KeySpec = {
  algorithm?: KeyAlgorithm;
  selector?: string;
  role?: KeyRole;
  stream?: string;
  last: KeyFactKind | readonly KeyFactKind[];
};

/** A database with verified domains and their keys, and a key ring over it. */
export type SigningStage = {
  ring: KeyRing;
  /** A tenant with a verified domain for each name; answers its id. */
  addTenant: (domains: Record<string, readonly KeySpec[]>) => Promise<string>;
  /** A claim of the tenant that the operator vouches for, signed as another name. */
  addVouched: (tenantId: string, name: string, signingDomain: string, keys: readonly KeySpec[]) => Promise<void>;
  /** Every key's record, published or not, as `resolveTxt`. */
  resolveTxt: (name: string) => Promise<string[][]>;
  /** Makes a record that DNS had vanish. */
  unpublish: (name: string) => void;
  /** The proof of control of a domain was looked at, by the trusted clock. */
  lookedAt: (domain: string, trustedMs: number) => Promise<void>;
  /** Sets the trusted clock. */
  trustedNow: (elapsedMs: number) => Promise<void>;
  suspend: (domain: string) => Promise<void>;
  release: (domain: string) => Promise<void>;
  close: () => Promise<void>;
};

export async function signingStage(database: DatabaseOptions): Promise<SigningStage> {
  const db = await openDatabase(database);
  const kek = kekOf(randomBytes(32));
  const ring = new KeyRing(db, kek, 3600, () => performance.now());
  const records = new Map<string, string>();

  async function addKey(tenantId: string, domainId: string, domain: string, spec: KeySpec): Promise<void> {
    const { algorithm = "ed25519-sha256", selector = "s1", role = "primary", stream = "", last } = spec;
    const pair = await generateKeypair(algorithm === "rsa-sha256" ? { algorithm, bits: 2048 } : { algorithm });
    const rotation = someRotation(tenantId, domainId, newId("rot"));
    const row = someKey(tenantId, domainId, rotation.id);
    const belonging = { tenantId, domainId, keyId: row.id, version: 1, algorithm };
    const sealed = await sealKey(kek, belonging, pair.privateKey);
    const keyName = `${selector}._domainkey.${domain}`;
    records.set(keyName, formatKeyRecord(createPublicKey(pair.privateKey)));
    const { bits, spkiSha256 } = pair;
    await transact(db, async (trx) => {
      await insertRotation(trx, rotation);
      await insertKey(trx, { ...row, algorithm, bits, selector, keyName, sealed, spkiSha256, role, stream });
      for (const kind of [last].flat())
        await appendKeyFact(trx, { keyId: row.id, kind, evidence: {}, at: 1, trustedMs: 1 });
    });
  }

  return {
    ring,
    addTenant: async (domains) => {
      const tenantId = await addTenant(db);
      for (const [name, keys] of Object.entries(domains)) {
        const domainId = newId("dom");
        await transact(db, async (trx) => {
          await insertDomain(trx, someDomain(tenantId, domainId, name));
          await markDomainVerified(trx, tenantId, domainId, 1);
        });
        for (const spec of keys) await addKey(tenantId, domainId, name, spec);
      }
      ring.heard(true);
      return tenantId;
    },
    addVouched: async (tenantId, name, signingDomain, keys) => {
      const domainId = newId("dom");
      const claim = { ...someDomain(tenantId, domainId, name), method: "third-party-domain" as const };
      await transact(db, (trx) => insertDomain(trx, claim));
      for (const spec of keys) await addKey(tenantId, domainId, signingDomain, spec);
      ring.heard(true);
    },
    resolveTxt: (name) => {
      const record = records.get(name);
      if (record !== undefined) return Promise.resolve([[record]]);
      return Promise.reject(Object.assign(new Error("no such name"), { code: "ENOTFOUND" }));
    },
    lookedAt: async (domain, trustedMs) => {
      const row = await findVerifiedDomain(db, domain);
      await transact(db, (trx) => putClaimLook(trx, row!.id, trustedMs));
      ring.heard(true);
    },
    trustedNow: async (elapsedMs) => {
      const clock = await readTrustedClock(db);
      await advanceTrustedClock(db, clock?.rev, { elapsedMs, wallMs: 1, dbWallMs: null });
      ring.heard(true);
    },
    release: async (domain) => {
      const row = await findVerifiedDomain(db, domain);
      await transact(db, (trx) => markDomainReleased(trx, row!.tenantId, row!.id, 5));
      ring.heard(true, ring.moment());
    },
    suspend: async (domain) => {
      const row = await findVerifiedDomain(db, domain);
      await transact(db, (trx) => markDomainSuspended(trx, row!.tenantId, row!.id, 5));
      ring.heard(true);
    },
    unpublish: (name) => void records.delete(name),
    close: () => db.destroy(),
  };
}
