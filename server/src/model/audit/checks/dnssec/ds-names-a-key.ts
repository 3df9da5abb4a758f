import { dsMatches, isSupportedDs } from "chancery/dns";
import type { AuditFinding, Check } from "../../check.ts";
import type { SignedZone } from "../../evidence/dnssec.ts";
import { dsRecords, keyRecords } from "./key-records.ts";
import { isDsFault, onValidated, remedyFor, stepsOf } from "./validated.ts";

const remedy =
  "have the parent publish a DS record of a key that every server has, or remove its DS records until then";

/** AUD-D-06: a DS record that names no key of the zone is an outage; on one server alone, for those who ask that one. */
export const dsNamesAKey: Check = {
  name: "ds-names-a-key",
  title: "Every signed zone has, on every server, a key that its parent's DS record names",
  codes: ["DsWithoutKey"],
  look: onValidated((validated, { domain }) => {
    const { zones } = validated;
    const failing = new Set(
      stepsOf(validated).flatMap(({ dnssec }) => (dnssec.state === "bogus" && isDsFault(dnssec) ? [dnssec.zone] : [])),
    );
    if (zones.length === 0 && failing.size === 0) return undefined;
    const known = new Map(zones.map((zone) => [zone.apex, zone]));
    const whole = [...failing].map((apex): AuditFinding => {
      const zone = known.get(apex);
      return {
        code: "DsWithoutKey",
        severity: "medium",
        subject: apex,
        summary: `no key of ${apex} is the one that its parent's DS record names: receivers that validate find nothing in it`,
        evidence: [...(zone?.ds ?? []).map((text) => `DS ${text}`), ...(zone?.servers ?? []).map(keysAt)],
        remedy: remedyFor(apex, domain, remedy),
        commands: [`dig ${apex} DS`, `dig ${apex} DNSKEY`],
      };
    });
    return [...whole, ...zones.filter(({ apex }) => !failing.has(apex)).flatMap((zone) => atSome(zone, domain))];
  }),
};

type Server = SignedZone["servers"][number];

/** The servers whose keys are none that the DS records name. What a server did not say is no fault of its keys. */
export function serversWithoutKey(zone: SignedZone): readonly Server[] {
  const ds = dsRecords(zone.ds).filter(isSupportedDs);
  if (ds.length === 0) return [];
  return zone.servers.filter(({ dnskey }) => {
    if (dnskey.state === "unknown") return false;
    const keys = dnskey.state === "records" ? keyRecords(dnskey.texts) : [];
    return !keys.some((key) => ds.some((one) => dsMatches(one, zone.apex, key)));
  });
}

function atSome(zone: SignedZone, domain: string): AuditFinding[] {
  const lacking = serversWithoutKey(zone);
  if (lacking.length === 0) return [];
  const addresses = lacking.map(({ address }) => address);
  return [
    {
      code: "DsWithoutKey",
      severity: "medium",
      subject: zone.apex,
      summary: `${addresses.join(", ")} ${addresses.length === 1 ? "has" : "have"} no key of ${zone.apex} that its parent's DS record names`,
      evidence: [...zone.ds.map((text) => `DS ${text}`), ...zone.servers.map(keysAt)],
      remedy: remedyFor(zone.apex, domain, "have these servers take the signed zone over again"),
      commands: [`dig ${zone.apex} DS`, ...addresses.map((address) => `dig @${address} ${zone.apex} DNSKEY`)],
    },
  ];
}

function keysAt({ address, dnskey }: Server): string {
  if (dnskey.state === "unknown") return `${address} did not say (${dnskey.reason})`;
  const tags = dnskey.state === "records" ? keyRecords(dnskey.texts).map(({ keyTag }) => String(keyTag)) : [];
  return `${address} has ${tags.length === 0 ? "no key" : `the keys ${tags.join(", ")}`}`;
}
