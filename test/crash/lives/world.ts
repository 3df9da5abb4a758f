import { generateKeyPairSync } from "node:crypto";
import { formatKeyRecord } from "chancery/dkim";
import { appendAliasFact } from "../../../server/src/engine/database/alias-facts.ts";
import { insertDomain, markDomainVerified } from "../../../server/src/engine/database/domains.ts";
import { putRecordState } from "../../../server/src/engine/database/record-states.ts";
import type { Database, DomainRow } from "../../../server/src/engine/database/schema.ts";
import { insertTenant } from "../../../server/src/engine/database/tenants.ts";
import { transact } from "../../../server/src/engine/database/transact.ts";
import { cnameChain } from "../../../server/src/model/delegation/delegation-chain.ts";
import { expectedRecords } from "../../../server/src/model/delegation/delegation-methods.ts";
import { cnameSeries } from "../../../server/src/model/delegation/delegation-series.ts";
import type { Claim, MethodName } from "../../../server/src/model/delegation/delegation.ts";
import { type KeyAlgorithm, roleOf } from "../../../server/src/model/key/key-role.ts";
import { dns, publishRecord } from "../../../server/src/service/lifecycle/lifecycle.fixture.ts";
import { observeThrough } from "../../../server/src/service/lifecycle/upstreams.fixture.ts";
import { type FakeAuthorities, fakeAuthorities } from "../../fakes/authorities.ts";

/** Domains whose lives are played side by side on one database, each with authoritative servers of its own. */
export const domains = {
  ring: "cname-ring",
  revoked: "cname-ring",
  series: "cname-series",
  moving: "cname-ring",
  chain: "cname-chain",
  first: "cname-ring",
  second: "cname-ring",
} as const satisfies Record<string, MethodName>;
export type LifeName = keyof typeof domains;
export const lifeNames = Object.keys(domains) as LifeName[];

/** A rollout counts by the primary key; a key of the other algorithm is made in no time. */
const algorithmOf = (name: LifeName): KeyAlgorithm =>
  name === "first" || name === "second" ? "rsa-sha256" : "ed25519-sha256";

export const tenantId = "ten_lives";
export const startsAtMs = 1_770_000_000_000;
export const upstreams = ["s1.old.example", "s1.new.example"] as const;
export const domainIdOf = (name: LifeName): string => `dom_${name}`;

export const claimOf = (name: LifeName): Claim => ({
  domain: `${name}.example`,
  method: domains[name],
  label: "s",
  seed: `seed of ${name}`,
  challengeToken: `token of ${name}`,
  options: name === "chain" ? { selectors: ["s1"] } : {},
});

/** Puts the domains into an empty database, verified. */
export async function begin(db: Database): Promise<void> {
  await insertTenant(db, { id: tenantId, name: "tenant", createdAt: 1 });
  for (const name of lifeNames) {
    const id = domainIdOf(name);
    const { domain, ...claim } = claimOf(name);
    await transact(db, async (trx) => {
      await insertDomain(trx, { id, tenantId, name: domain, ...claim, algorithms: [algorithmOf(name)], createdAt: 1 });
      await markDomainVerified(trx, tenantId, id, 1);
      if (name !== "chain") return;
      const evidence = { to: upstreams[0], by: "test" };
      await appendAliasFact(trx, { domainId: id, selector: "s1", kind: "asked", evidence, at: 1, trustedMs: 0 });
    });
  }
}

/** What the servers of a domain's world say. The customer has published what it was asked for. */
export function authoritiesOf(db: Database, name: LifeName): FakeAuthorities {
  const claim = claimOf(name);
  const authorities = fakeAuthorities(db, claim.domain);
  for (const record of expectedRecords(claim, [roleOf(algorithmOf(name))], dns)) publishRecord(authorities, record);
  if (name !== "chain") return authorities;
  const keys = new Map(
    upstreams.map((target) => [target, formatKeyRecord(generateKeyPairSync("ed25519").publicKey)] as const),
  );
  const { aliasName } = cnameChain.upstreamAliases!(claim, dns)[0]!;
  return { ...authorities, observe: observeThrough(db, aliasName, keys) };
}

/** The customer of a series publishes what was issued. */
export async function publishSeries(
  db: Database,
  { published }: FakeAuthorities,
  row: DomainRow,
  now: number,
): Promise<void> {
  const offered = cnameSeries.offered!({ ...claimOf("series"), options: row.options }, dns);
  const fresh = offered.filter(({ keyName }) => !published.has(keyName));
  for (const { keyName, target } of fresh) {
    published.set(keyName, { alias: target });
    const state = { name: keyName, type: "CNAME", state: "present" as const, found: {}, checkedAt: now };
    await transact(db, (trx) => putRecordState(trx, { domainId: row.id, ...state }));
  }
}
