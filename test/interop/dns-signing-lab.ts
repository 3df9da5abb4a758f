import { generateKeyPairSync } from "node:crypto";
import {
  buildZone,
  dnskeyData,
  dsDigest,
  keyTagOf,
  parseZoneFile,
  readDnskey,
  signatureTimes,
  signZone,
  TYPE,
  withSigning,
  zoneSet,
  zoneSigningKey,
  type ResourceRecord,
  type Zone,
  type ZoneSigning,
  type ZoneSigningKey,
} from "chancery/dns";
import { startDnsServer, type DnsServer } from "../../server/src/engine/dns-server/server.ts";
import { createResponder } from "../../server/src/engine/dns-server/respond.ts";

export const epochSeconds = (): number => Math.floor(Date.now() / 1000);

export function newKey(algorithm: 13 | 15, signs: ZoneSigningKey["signs"]): ZoneSigningKey {
  const { publicKey, privateKey } =
    algorithm === 13 ? generateKeyPairSync("ec", { namedCurve: "P-256" }) : generateKeyPairSync("ed25519");
  return zoneSigningKey(dnskeyData(publicKey, signs === "zone" ? 256 : 257), privateKey, signs);
}

export const signingWith = (...keys: ZoneSigningKey[]): ZoneSigning => ({ keys, ...signatureTimes });

/** The DS record for the parent, without its owner, of the first key that may have one. */
export function dsOf(origin: string, { keys }: ZoneSigning): string {
  const entry = keys.find(({ signs }) => signs !== "zone");
  const dnskey = entry && readDnskey(entry.dnskey);
  const digest = dnskey?.ok ? dsDigest(origin, dnskey.value, 2) : undefined;
  if (!entry || !digest) throw new Error(`${origin} has no key for a DS record`);
  return `${keyTagOf(entry.dnskey)} ${entry.algorithm} 2 ${Buffer.from(digest).toString("hex").toUpperCase()}`;
}

export function recordsOf(origin: string, text: string): ResourceRecord[] {
  const records = parseZoneFile(text, { origin });
  if (!records.ok) throw new Error(`${origin}: ${records.problem}`);
  return records.value;
}

function zoneOf(origin: string, records: Iterable<ResourceRecord>): Zone {
  const zone = buildZone(origin, records);
  if (!zone.ok) throw new Error(`${origin}: ${zone.problem}`);
  return zone.value;
}

export const plainZone = (origin: string, text: string): Zone => zoneOf(origin, recordsOf(origin, text));

/** Signed as it is asked. */
export const onlineZone = (origin: string, text: string, signing: ZoneSigning): Zone =>
  withSigning(
    zoneOf(origin, [
      ...recordsOf(origin, text),
      ...signing.keys.map(({ dnskey }) => ({ name: origin, type: TYPE.DNSKEY, ttl: 300, data: dnskey })),
    ]),
    signing,
  );

/** Signed as a whole. */
export const presignedZone = (origin: string, text: string, signing: ZoneSigning): Zone =>
  zoneOf(origin, signZone(recordsOf(origin, text), signing, epochSeconds()));

/** Our name server on port 53 of an address. */
export const serve = (host: string, zones: readonly Zone[]): Promise<DnsServer> => {
  const served = { zones: zoneSet(zones), history: () => [] };
  return startDnsServer({
    listen: [{ host, port: 53 }],
    answer: createResponder({ served: () => served, now: epochSeconds }),
  });
};
