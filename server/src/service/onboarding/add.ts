import { randomBytes } from "node:crypto";
import { isAtOrBelow } from "chancery/dns";
import { appendAliasFact } from "../../engine/database/alias-facts.ts";
import { appendAuditLog } from "../../engine/database/audit-log.ts";
import { isClosedAbove } from "../../engine/database/claims-around.ts";
import { findDomainByName, insertDomain } from "../../engine/database/domains.ts";
import { newId } from "../../engine/database/id.ts";
import { issueName } from "../../engine/database/issued-names.ts";
import type { Database, DomainRow, KeyAlgorithm, Transaction } from "../../engine/database/schema.ts";
import { insertRegistration, tellRegistration } from "../../engine/database/registrations.ts";
import { findZoneByOrigin } from "../../engine/database/zones.ts";
import { transact } from "../../engine/database/transact.ts";
import { registrableOf } from "../../engine/rdap/registrable.ts";
import { heldZoneOf } from "../../model/delegation/held-name-finding.ts";
import { challengeTokenOf } from "../../model/delegation/challenge-token.ts";
import type { ClaimOptions, DelegationMethod, MethodName, Wishes } from "../../model/delegation/delegation.ts";
import { issuedNames, methodOf } from "../../model/delegation/delegation-methods.ts";
import { roleOf } from "../../model/key/key-role.ts";
import { Refusal } from "../refusal.ts";
import { claimOf, dnsOf, type OnboardingSettings } from "./claim.ts";
import { type AskedOptions, optionsOf, refuseMainDomain } from "./claim-options.ts";
import { signingDomain } from "./domain-name.ts";

/** A claim to be made. `algorithms` absent: RSA alone. `byOperator`: whoever asks runs this Chancery, and vouches for it. */
export type NewClaim = AskedOptions & {
  tenantId: string;
  domain: string;
  method: MethodName;
  algorithms?: readonly KeyAlgorithm[] | undefined;
  byOperator?: boolean | undefined;
  wishes?: Wishes;
  /** Until when the domain is registered in which a name is held for it, epoch seconds; absent: nobody says. */
  registeredUntil?: number;
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
  if (methodOf(claim.method).proof === "operator" && claim.byOperator !== true)
    throw new Refusal(
      "forbidden",
      `nothing in DNS would show that ${name} is yours: only the operator takes a domain by ${claim.method}, with the admin token; cname-ring is a method with a proof`,
    );
  const id = newId("dom");
  const seed = randomBytes(32).toString("base64url");
  const fixed = {
    domain: name,
    method: claim.method,
    label: settings.label,
    seed,
    challengeToken: challengeTokenOf({ id, tenantId: claim.tenantId, domain: name, seed }),
  };
  const algorithms = [...new Set<KeyAlgorithm>(["rsa-sha256", ...(claim.algorithms ?? [])])];
  const { label, rotateAfterSeconds } = settings;
  const agreed = optionsOf(fixed, claim, settings.selectorTemplate, dns);
  const { selectorTemplate } = agreed;
  const given = { label, selectorTemplate, roles: algorithms.map(roleOf), now, rotateAfterSeconds };
  const options = { ...agreed, ...firstOptions(claim, given) };
  const whole = { ...fixed, options };
  const ownZones = new Set([dns.zone, methodOf(claim.method).sharedZone(whole, dns)]);
  for (const zone of ownZones)
    if (isAtOrBelow(name, zone) || isAtOrBelow(zone, name))
      throw new Refusal(
        "invalid-input",
        `${name} and our own zone ${zone} lie within each other; a customer's domain is elsewhere`,
      );
  refuseMainDomain(whole);
  const heldZone = heldZoneOf(whole, dns);
  if (heldZone === undefined && claim.registeredUntil !== undefined)
    throw new Refusal(
      "invalid-input",
      `under ${claim.method} no name of ours is held: leave --registration-expires out`,
    );
  for (const zone of ownZones)
    if ((await findZoneByOrigin(db, zone))?.kind === "operator")
      throw new Refusal(
        "not-configured",
        `${zone} is served from an imported file; dns.zone and delegation.held_zone have to be zones that Chancery fills itself`,
      );
  return transact(db, async (trx) => {
    if (await isClosedAbove(trx, claim.tenantId, name))
      throw new Refusal(
        "domain-closed",
        `${name} lies below a domain whose holder has closed it to others ("chancery domain unlock" opens it); ask them`,
      );
    const { domain: _, ...rest } = fixed;
    const inserted = await insertDomain(trx, {
      ...rest,
      id,
      tenantId: claim.tenantId,
      name,
      options,
      algorithms,
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
    for (const { selector, target: to } of claim.wishes?.upstreams ?? []) {
      const evidence = { to, by: actor };
      await appendAliasFact(trx, { domainId: id, selector, kind: "asked", evidence, at: now, trustedMs: 0 }); // no wait runs from it
    }
    if (heldZone !== undefined) await watchRegistration(trx, heldZone, claim.registeredUntil, now);
    await appendAuditLog(trx, {
      tenantId: claim.tenantId,
      at: now,
      actor,
      action: "domain.add",
      subject: name,
      detail: { method: claim.method, algorithms, options },
    });
    return row;
  });
}

/** Whoever registers a zone that we let go can sign as everybody it was held for. */
async function watchRegistration(
  trx: Transaction,
  zone: string,
  expiresAt: number | undefined,
  now: number,
): Promise<void> {
  const name = registrableOf(zone);
  await insertRegistration(trx, name, now);
  if (expiresAt !== undefined) await tellRegistration(trx, name, { expiresAt, now });
}

/** What the method makes of the wishes; refuses one that it does not know. */
function firstOptions(
  { method, wishes = {} }: NewClaim,
  given: Parameters<NonNullable<DelegationMethod["options"]>["begin"]>[1],
): ClaimOptions {
  const { options } = methodOf(method);
  const unknown = (Object.keys(wishes) as (keyof Wishes)[]).find((wish) => !options?.knows.includes(wish));
  if (unknown !== undefined)
    throw new Refusal("invalid-input", `"${unknown}" means nothing with the method ${method}; leave it out`);
  return options?.begin(wishes, given) ?? {};
}
