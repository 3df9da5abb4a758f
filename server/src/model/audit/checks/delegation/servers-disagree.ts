import { isSerialAfter } from "chancery/dns";
import type { AuditFinding, Check } from "../../check.ts";
import type { NameEvidence, ZoneEvidence } from "../../evidence/delegation.ts";
import { digAt } from "../../dig.ts";
import { onAuthorities, remedyFor } from "./asked-authorities.ts";
import { isConflict } from "./conflicting-records.ts";
import { opinionsOn, shown } from "./said.ts";

/** AUD-C-06, AUD-D-05: all servers of a zone have the same version of it. */
export const serversAgree: Check = {
  name: "servers-agree",
  title: "All authoritative servers of a zone say the same",
  codes: ["ResolversDisagree", "SerialsDiffer"],
  look: onAuthorities(({ zones, names }, { domain }) =>
    zones.flatMap((zone) => {
      const differing = names.filter(
        (name) => name.apex === zone.apex && opinionsOn(name).length > 1 && !isConflict(name, zone),
      );
      return differing.length > 0 ? [answersDiffer(zone, differing, domain)] : serialsDiffer(zone, domain);
    }),
  ),
};

/** One finding for each zone: a secondary that lags behind is wrong about every name that changed. */
function answersDiffer(zone: ZoneEvidence, names: readonly NameEvidence[], domain: string): AuditFinding {
  const [first] = names;
  const subject = names.length === 1 && first ? first.name : zone.apex;
  const behind = behindOthers(zone);
  return {
    code: "ResolversDisagree",
    severity: "medium",
    subject,
    summary: `the servers of ${zone.apex} give different answers for ${names.length === 1 ? subject : `${names.length} names`}${behind.length === 0 ? "" : `; ${behind.join(", ")} has an older version of the zone`}; what is wrong lives in caches for ${ttlMax(names)} s after the last server is right`,
    evidence: [
      ...names.flatMap((name) =>
        opinionsOn(name).map(({ text, addresses }) => `${name.name}: ${shown(text)} at ${addresses.join(", ")}`),
      ),
      ...serialLines(zone),
    ],
    remedy: remedyFor(
      zone,
      domain,
      "make every server load the current zone: see why its transfer fails, and ask the primary to notify it",
    ),
    commands: zone.addresses.flatMap(({ address }) => digAt(address, first?.name ?? zone.apex, "TXT", "+norecurse")),
  };
}

/** No TTL explains that servers differ; it says how long what they said outlives the cure. */
const ttlMax = (names: readonly NameEvidence[]): number =>
  Math.max(
    0,
    ...names.flatMap((name) =>
      opinionsOn(name).flatMap(({ said }) =>
        said.state === "absent" ? (said.negativeTtlSeconds ?? []) : said.ttlSeconds,
      ),
    ),
  );

/** Serials alone say something where the servers name the same primary; two primaries count each for itself. */
function serialsDiffer(zone: ZoneEvidence, domain: string): AuditFinding[] {
  const primaries = new Set(zone.addresses.flatMap(({ soa }) => (soa ? [soa.primary] : [])));
  const behind = primaries.size === 1 ? behindOthers(zone) : [];
  if (behind.length === 0) return [];
  const refreshSeconds = Math.max(...zone.addresses.flatMap(({ soa }) => (soa ? [soa.refreshSeconds] : [])));
  return [
    {
      code: "SerialsDiffer",
      severity: "low",
      subject: zone.apex,
      summary: `${behind.join(", ")} has an older version of ${zone.apex} than other servers; the names asked for are the same in both`,
      evidence: serialLines(zone),
      remedy: remedyFor(
        zone,
        domain,
        `look again after the zone's refresh time (${refreshSeconds} s); if it is behind still, its transfers fail`,
      ),
      commands: zone.addresses.flatMap(({ address }) => digAt(address, zone.apex, "SOA", "+norecurse")),
    },
  ];
}

const serialLines = ({ addresses }: ZoneEvidence): string[] =>
  addresses.flatMap(({ address, servers, soa }) =>
    soa ? [`${servers.join(", ")} (${address}): serial ${soa.serial}`] : [],
  );

/** Addresses whose serial is older than another's (RFC 1982). */
function behindOthers({ addresses }: ZoneEvidence): string[] {
  const serials = addresses.flatMap(({ soa }) => (soa ? [soa.serial] : []));
  return addresses.flatMap(({ address, soa }) =>
    soa && serials.some((serial) => isSerialAfter(serial, soa.serial)) ? [address] : [],
  );
}
