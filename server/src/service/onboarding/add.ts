import { randomBytes } from "node:crypto";
import { isAtOrBelow } from "chancery/dns";
import { appendAuditLog } from "../../engine/database/audit-log.ts";
import { findDomainByName, insertDomain } from "../../engine/database/domains.ts";
import { newId } from "../../engine/database/id.ts";
import { issueName } from "../../engine/database/issued-names.ts";
import type { Database, DomainRow, KeyAlgorithm } from "../../engine/database/schema.ts";
import { findZoneByOrigin } from "../../engine/database/zones.ts";
import { transact } from "../../engine/database/transact.ts";
import type { ClaimOptions, MethodName } from "../../model/delegation.ts";
import { issuedNames } from "../../model/delegation-methods.ts";
import { roleOf } from "../../model/key-role.ts";
import { Refusal } from "../refusal.ts";
import { claimOf, dnsOf, type OnboardingSettings } from "./claim.ts";
import { signingDomain } from "./domain-name.ts";

/** A claim to be made. `algorithms` absent: RSA alone. */
export type NewClaim = {
  tenantId: string;
  domain: string;
  method: MethodName;
  algorithms?: readonly KeyAlgorithm[] | undefined;
  options?: ClaimOptions | undefined;
};

/**
 * Takes a delegation: records the claim and the names of ours that are bound to it for ever. Nothing is served and nothing
 * signed before the customer has proven control.
 */
export async function addDomain(
  db: Database,
  claim: NewClaim,
  settings: OnboardingSettings,
  actor: string,
  now: number,
): Promise<DomainRow> {
  const dns = dnsOf(settings);
  const name = signingDomain(claim.domain);
  if (isAtOrBelow(name, dns.zone) || isAtOrBelow(dns.zone, name))
    throw new Refusal(
      "invalid-input",
      `${name} and our own zone ${dns.zone} lie within each other; a customer's domain is elsewhere`,
    );
  const algorithms = [...new Set<KeyAlgorithm>(["rsa-sha256", ...(claim.algorithms ?? [])])];
  const ours = await findZoneByOrigin(db, dns.zone);
  if (ours?.kind === "operator")
    throw new Refusal(
      "not-configured",
      `${dns.zone} is served from an imported file; dns.zone has to be a zone that Chancery fills itself`,
    );
  return transact(db, async (trx) => {
    const id = newId("dom");
    const inserted = await insertDomain(trx, {
      id,
      tenantId: claim.tenantId,
      name,
      method: claim.method,
      label: settings.label,
      seed: randomBytes(32).toString("base64url"),
      challengeToken: `chancery-${randomBytes(24).toString("base64url")}`,
      algorithms,
      options: claim.options ?? {},
      createdAt: now,
    });
    if (!inserted)
      throw new Refusal(
        "already-exists",
        `${name} is here already; "chancery records ${name}" shows what to publish, "chancery domain remove ${name}" releases it`,
      );
    const row = await findDomainByName(trx, claim.tenantId, name);
    if (row === undefined) throw new Error(`${name} was inserted and is not there`);
    for (const issued of issuedNames(claimOf(row), algorithms.map(roleOf), dns))
      // 100 random bits that were ever given before mean a broken source of randomness, not bad luck.
      if (!(await issueName(trx, { ...issued, domainId: id, issuedAt: now })))
        throw new Error(`the name ${issued.name} was given to a claim before`);
    await appendAuditLog(trx, {
      tenantId: claim.tenantId,
      at: now,
      actor,
      action: "domain.add",
      subject: name,
      detail: { method: claim.method, algorithms },
    });
    return row;
  });
}
