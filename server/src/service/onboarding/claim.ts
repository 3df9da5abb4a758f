import type { DomainRow } from "../../engine/database/schema.ts";
import type { Claim, CustomerRecord, DnsSettings } from "../../model/delegation.ts";
import { expectedRecords, isMethodName } from "../../model/delegation-methods.ts";
import { roleOf } from "../../model/key-role.ts";
import { Refusal } from "../refusal.ts";

/** The settings that a delegation depends on, as they are now. */
export type OnboardingSettings = { dns: DnsSettings | undefined; label: string; recordTtlSeconds: number };

/** What of a stored claim the model works with. */
export function claimOf(row: DomainRow): Claim {
  const { name: domain, method, label, seed, challengeToken } = row;
  if (!isMethodName(method))
    throw new Refusal("not-configured", `${domain} uses the method ${method}, which this version does not know`);
  return { domain, method, label, seed, challengeToken };
}

/** Where we answer; refuses while nobody has said so. */
export function dnsOf({ dns }: OnboardingSettings): DnsSettings {
  if (dns === undefined)
    throw new Refusal(
      "not-configured",
      'dns.zone is not set: the zone of our CNAME targets and name server names, for example "dns: {zone: dkim.esp.example, nameservers: [{name: ns1.esp.example, addresses: [192.0.2.1]}]}" in chancery.yaml. "chancery lab up" sets it for a try-out',
    );
  if (dns.nameservers.length === 0)
    throw new Refusal(
      "not-configured",
      "dns.nameservers is not set: our name servers as the world sees them, for example [{name: ns1.esp.example, addresses: [192.0.2.1]}]",
    );
  return dns;
}

/** The records that the customer publishes for a claim, with one NS for each of our name servers. */
export const recordsOf = (row: DomainRow, settings: OnboardingSettings): CustomerRecord[] =>
  expectedRecords(claimOf(row), row.algorithms.map(roleOf), dnsOf(settings));
