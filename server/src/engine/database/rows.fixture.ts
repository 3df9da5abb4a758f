import type { NewDomain } from "./domains.ts";
import { insertDomain } from "./domains.ts";
import { newId } from "./id.ts";
import { insertKey } from "./keys.ts";
import { insertRotation } from "./rotations.ts";
import type { Database, KeyRow, NewRotation } from "./schema.ts";
import { insertTenant } from "./tenants.ts";
import { transact } from "./transact.ts";

/** Rows for tests that need some and do not care what is in them. */

export async function addTenant(db: Database): Promise<string> {
  const id = newId("ten");
  await insertTenant(db, { id, name: `tenant ${id}`, createdAt: 1 });
  return id;
}

export async function addDomain(db: Database, tenantId: string, name?: string): Promise<NewDomain> {
  const domain = someDomain(tenantId, newId("dom"), name);
  await transact(db, (trx) => insertDomain(trx, domain));
  return domain;
}

export function someDomain(tenantId: string, id: string, name = `${id}.example`): NewDomain {
  return {
    id,
    tenantId,
    name,
    method: "cname-ring",
    label: "chancery",
    seed: "seed",
    challengeToken: "token",
    algorithms: ["rsa-sha256"],
    createdAt: 1,
  };
}

export function someRotation(tenantId: string, domainId: string, id: string): NewRotation {
  return {
    id,
    tenantId,
    domainId,
    reason: "test",
    requestedAt: 1,
    requestedBy: "test",
    abortedTrustedMs: null,
    dual: 0,
    stream: "",
  };
}

/** A key with a rotation of its own, not stored. */
export function someKey(tenantId: string, domainId: string, rotationId: string): Omit<KeyRow, "changedIn"> {
  const id = newId("key");
  return {
    id,
    tenantId,
    domainId,
    rotationId,
    stream: "",
    method: "cname-ring",
    role: "primary",
    slot: 1,
    selector: "s1",
    keyName: "s1._domainkey.example.com",
    recordName: `${id}.dkim.example.net`,
    algorithm: "rsa-sha256",
    bits: 2048,
    publicKey: "",
    record: "v=DKIM1; p=",
    spkiSha256: id,
    sealed: "{}",
    version: 1,
    createdAt: 1,
  };
}

export async function addKey(db: Database, tenantId: string, domainId: string): Promise<string> {
  const rotation = someRotation(tenantId, domainId, newId("rot"));
  const key = someKey(tenantId, domainId, rotation.id);
  await transact(db, async (trx) => {
    await insertRotation(trx, rotation);
    await insertKey(trx, key);
  });
  return key.id;
}
