import { generateKeyPairSync } from "node:crypto";
import { publicKeyText } from "chancery/dkim";
import { parseFixture } from "../../../engine/resolver/fixture.ts";
import { audit, type Audit } from "../../../model/audit/audit.ts";
import { defaultAuditPolicy } from "../../../model/audit/check.ts";
import { domainChecks } from "../../../model/audit/checks/domain/domain-checks.ts";
import type { AuditEvidence } from "../../../model/audit/evidence.ts";
import { type Expectations, nothingExpected } from "../../../model/audit/expectations.ts";
import { lookUpChain } from "../chain.ts";
import { gatherPosture, type PostureRequest } from "./gather.ts";

export type Zone = Record<string, unknown>;

/** A zone, and what else is known of the domain. `selectors`: those looked up. `dns`: absent, as the network. */
export type World = {
  domain?: string;
  selectors?: readonly string[];
  expectations?: Partial<Expectations>;
  more?: Partial<PostureRequest>;
  evidence?: Partial<AuditEvidence>;
  isProviderName?: (name: string) => boolean;
};

const { publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
/** A sound key record. */
export const keyRecord = `v=DKIM1; k=rsa; p=${publicKeyText(publicKey)}`;

/** Gathers from a zone, and audits. */
export async function auditZone(zone: Zone, world: World = {}): Promise<Audit> {
  const { domain = "example.com", selectors = [], expectations, more, evidence, isProviderName } = world;
  const fixture = parseFixture(JSON.stringify(zone));
  if (!fixture.ok) throw new Error(fixture.problem);
  const lookup = fixture.value;
  const posture = await gatherPosture({ domain, lookup, shown: { apex: true, dmarc: true }, ...more });
  const seen = selectors.map(async (selector) => {
    const keyName = `${selector}._domainkey.${domain}`;
    return { selector, keyName, sources: ["zone"] as const, chain: await lookUpChain(lookup, keyName) };
  });
  return audit(
    {
      domain,
      at: 1_800_000_000,
      dns: "network",
      selectors: await Promise.all(seen),
      discovery: { domainkeyNode: "unknown", namesTried: 0 },
      expectations: { ...nothingExpected, ...expectations },
      posture,
      ...evidence,
    },
    { policy: defaultAuditPolicy, ...(isProviderName && { isProviderName }) },
  );
}

const names = new Set(domainChecks.map(({ name }) => name));

/** What the checks of the whole domain find, one line for each: `Code severity subject`. */
export async function found(zone: Zone, world: World = {}): Promise<string[]> {
  const { findings } = await auditZone(zone, world);
  return findings
    .filter(({ check }) => names.has(check))
    .map(({ code, severity, subject }) => `${code} ${severity} ${subject}`)
    .sort();
}

/** A domain that sends, and of which nothing is to be found. */
export const sound: Zone = {
  "example.com": { TXT: ["v=spf1 ip4:192.0.2.0/24 -all"], MX: ["10 mail.example.com"] },
  "mail.example.com": { A: "192.0.2.1" },
  "_dmarc.example.com": { TXT: ["v=DMARC1; p=reject; rua=mailto:dmarc@example.com"] },
  "s1._domainkey.example.com": { TXT: keyRecord },
};

/** The sound domain with other records in some places; undefined takes a name away. */
export const soundBut = (changes: Zone): Zone =>
  Object.fromEntries(Object.entries({ ...sound, ...changes }).filter(([, entry]) => entry !== undefined));
