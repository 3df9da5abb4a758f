import { generateKeyPairSync, sign, type KeyObject } from "node:crypto";
import {
  answer,
  buildZone,
  dnskeyData,
  formatMessage,
  signatureTimes,
  signZone,
  TYPE,
  withSigning,
  zoneSet,
  zoneSigningKey,
  type Zone,
  type ZoneSigning,
  type ZoneSet,
  plainQuery,
} from "chancery/dns";
import { keyName, keyRecords, origin } from "./dns/keys.ts";

const keys = 20_000;
const now = Math.floor(Date.now() / 1000);

const query = (name: string): Uint8Array =>
  formatMessage(
    plainQuery(name, TYPE.TXT, {
      id: 1,
      edns: { udpSize: 1232, version: 0, dnssecOk: true, extendedRcode: 0, options: [] },
    }),
  );

/** CPU seconds of this process, other threads of Node included. */
const cpuSeconds = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

function measured(what: string, zones: ZoneSet, queries: readonly Uint8Array[], options: { now?: number }): number {
  const from = cpuSeconds();
  let octets = 0;
  for (const each of queries) octets += answer(zones, each, "tcp", options)?.length ?? 0;
  const each = ((cpuSeconds() - from) / queries.length) * 1e6;
  const perSecond = Math.round(1e6 / each);
  console.log(
    `  ${what.padEnd(44)} ${each.toFixed(2)} µs, ${perSecond} a CPU second, ${Math.round(octets / queries.length)} octets`,
  );
  return each;
}

/** What one signature costs by itself: the limit for all that is signed as it is asked. */
function bareSignature(what: string, privateKey: KeyObject, digest: string | undefined): void {
  const octets = new Uint8Array(500);
  const rounds = 5000;
  const from = cpuSeconds();
  for (let round = 0; round < rounds; round++) sign(digest, octets, { key: privateKey, dsaEncoding: "ieee-p1363" });
  console.log(`  ${what.padEnd(44)} ${(((cpuSeconds() - from) / rounds) * 1e6).toFixed(2)} µs`);
}

const zoneOf = (records: Iterable<Parameters<typeof buildZone>[1] extends Iterable<infer R> ? R : never>): Zone => {
  const zone = buildZone(origin, records);
  if (!zone.ok) throw new Error(zone.problem);
  return zone.value;
};

/** Signed answers from a zone of 2048-bit keys: fresh, kept, denied, and from a zone that holds its signatures. */
export async function run(): Promise<void> {
  console.log(`DNSSEC: ${keys} keys`);
  const order = Array.from({ length: keys }, (_, index) => (index * 7919) % keys);
  const there = order.map((index) => query(keyName(index)));
  const absent = order.map((index) => query(`x${index}.${origin}`));
  const plain = zoneOf(keyRecords(keys));
  const unsigned = zoneSet([plain]);
  measured("(warming up)", unsigned, there, { now });
  measured("not signed", unsigned, there, { now });
  const kinds = [
    ["ECDSA P-256", generateKeyPairSync("ec", { namedCurve: "P-256" }), "sha256"],
    ["Ed25519", generateKeyPairSync("ed25519"), undefined],
  ] as const;
  for (const [what, { publicKey, privateKey }, digest] of kinds) {
    bareSignature(`${what}: one bare signature`, privateKey, digest);
    const signing: ZoneSigning = {
      keys: [zoneSigningKey(dnskeyData(publicKey, 257), privateKey, "both")],
      ...signatureTimes,
    };
    const online = zoneSet([withSigning(plain, signing)]);
    measured(`${what}: key record, signed afresh`, online, there, { now });
    measured(`${what}: key record, signature kept`, online, there, { now });
    measured(`${what}: no such name, denied afresh`, online, absent, { now });
    const from = cpuSeconds();
    const records = signZone(keyRecords(keys), signing, now);
    console.log(
      `  ${`${what}: the whole zone signed`.padEnd(44)} ${(cpuSeconds() - from).toFixed(2)} s, ${records.length} records`,
    );
    const whole = zoneSet([zoneOf(records)]);
    measured(`${what}: key record, signature in the zone`, whole, there, { now });
    measured(`${what}: no such name, proof in the zone`, whole, absent, { now });
  }
}
