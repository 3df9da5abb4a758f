import { dsMatches, isSupportedDigest, type Ds } from "chancery/dns";
import type { AuditFinding, Check } from "../../check.ts";
import type { RecordsSaid, SignedZone } from "../../evidence/dnssec.ts";
import { dsRecords, keyRecords } from "./key-records.ts";
import { onValidated, remedyFor } from "./validated.ts";

/** AUD-D-07: a parent that follows CDS records (RFC 7344) waits until every server says the same (RFC 9975). */
export const cdsAgrees: Check = {
  name: "cds-agrees",
  title: "CDS and CDNSKEY records agree on every server, and with the parent",
  codes: ["CdsInconsistent", "DsChangePending"],
  look: onValidated(({ zones }, { domain }) => {
    const publishing = zones.filter(({ servers }) =>
      servers.some(({ cds, cdnskey }) => cds.state === "records" || cdnskey.state === "records"),
    );
    if (publishing.length === 0) return undefined;
    return publishing.flatMap((zone) => {
      const fault = inconsistency(zone);
      if (fault !== undefined) {
        return [
          {
            code: "CdsInconsistent",
            severity: "low",
            subject: zone.apex,
            summary: `${fault}: the parent of ${zone.apex} cannot follow a change of its keys`,
            evidence: evidenceOf(zone),
            remedy: remedyFor(
              zone.apex,
              domain,
              "have every server publish the same CDS and CDNSKEY records, of keys that the zone has",
            ),
            commands: zone.servers.map(({ address }) => `dig @${address} ${zone.apex} CDS`),
          } satisfies AuditFinding,
        ];
      }
      return pending(zone) ? [changePending(zone)] : [];
    });
  }),
};

function inconsistency({ apex, servers }: SignedZone): string | undefined {
  for (const type of ["cds", "cdnskey"] as const) {
    const said = new Set(servers.map((server) => keyOf(server[type])).filter((key) => key !== undefined));
    if (said.size > 1) return `the ${type.toUpperCase()} records of ${apex} differ from server to server`;
  }
  for (const { cds, cdnskey, dnskey } of servers) {
    const wanted = cds.state === "records" ? dsRecords(cds.texts).filter(({ algorithm }) => algorithm !== 0) : [];
    const offered =
      cdnskey.state === "records" ? keyRecords(cdnskey.texts).filter(({ algorithm }) => algorithm !== 0) : [];
    const keys = dnskey.state === "records" ? keyRecords(dnskey.texts) : undefined;
    const names = (ds: Ds, among: typeof offered): boolean =>
      !isSupportedDigest(ds.digestType) || among.some((key) => dsMatches(ds, apex, key));
    if (cds.state === "records" && cdnskey.state === "records" && !wanted.every((ds) => names(ds, offered)))
      return `the CDS and CDNSKEY records of ${apex} name different keys`;
    if (keys && !wanted.every((ds) => names(ds, keys)))
      return `a CDS record of ${apex} names a key that it does not have`;
  }
  return undefined;
}

const keyOf = (said: RecordsSaid): string | undefined => {
  if (said.state === "unknown") return undefined;
  return said.state === "absent" ? "" : [...said.texts].sort().join("\n");
};

/** Digest types may differ: what matters is which keys are named. */
function pending({ ds, servers }: SignedZone): boolean {
  const cds = servers.flatMap((server) => (server.cds.state === "records" ? [server.cds.texts] : []))[0];
  if (cds === undefined) return false;
  const named = (texts: readonly string[]): string =>
    [...new Set(dsRecords(texts).map(({ keyTag, algorithm }) => `${keyTag} ${algorithm}`))].sort().join(", ");
  return named(cds) !== named(ds);
}

const changePending = (zone: SignedZone): AuditFinding => ({
  code: "DsChangePending",
  severity: "info",
  subject: zone.apex,
  summary: `${zone.apex} asks its parent for other DS records than the parent has`,
  evidence: evidenceOf(zone),
  remedy: "nothing, while a change of keys is on its way; else give the parent the DS records by hand",
  commands: [`dig ${zone.apex} CDS`, `dig ${zone.apex} DS`],
});

const evidenceOf = ({ ds, servers }: SignedZone): string[] => [
  ...ds.map((text) => `DS at the parent ${text}`),
  ...servers.flatMap(({ address, cds, cdnskey }) => [
    ...shown(address, "CDS", cds),
    ...shown(address, "CDNSKEY", cdnskey),
  ]),
];

const shown = (address: string, type: string, said: RecordsSaid): string[] =>
  said.state === "records"
    ? said.texts.map((text) => `${address} ${type} ${text}`)
    : [`${address} ${type} ${said.state}`];
