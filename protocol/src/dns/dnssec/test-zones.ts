import { generateKeyPairSync } from "node:crypto";
import { formatMessage, parseMessage, RCODE, type Message, plainQuery } from "../message/message.ts";
import { answer } from "../answer/answer.ts";
import { isAtOrBelow } from "../name/name.ts";
import { rdataText } from "../zone-file/rdata.ts";
import { readName, TYPE, typeName, type ResourceRecord } from "../record/record.ts";
import { zoneSet } from "../zone/zone-set.ts";
import { buildZone, type Zone } from "../zone/zone.ts";
import { proveAbsence } from "./absence.ts";
import { checkRrset } from "./check-rrset.ts";
import { readDnskey, type Dnskey } from "./dnskey.ts";
import { readRrsig } from "./rrsig.ts";
import { newWorkBudget } from "./state.ts";
import { recordsOf } from "./test-records.ts";
import { dnskeyData, signatureTimes, zoneSigningKey, type ZoneSigning, type ZoneSigningKey } from "./zone-signing.ts";

export const now = 1_800_000_000;

/** A new key, for tests. */
export function newKey(algorithm: 13 | 15, signs: ZoneSigningKey["signs"]): ZoneSigningKey {
  const { publicKey, privateKey } =
    algorithm === 13 ? generateKeyPairSync("ec", { namedCurve: "P-256" }) : generateKeyPairSync("ed25519");
  return zoneSigningKey(dnskeyData(publicKey, signs === "zone" ? 256 : 257), privateKey, signs);
}

export const signingWith = (...keys: ZoneSigningKey[]): ZoneSigning => ({ keys, ...signatureTimes });

export const dnskeyRecords = (origin: string, { keys }: ZoneSigning): ResourceRecord[] =>
  keys.map(({ dnskey }) => ({ name: origin, type: TYPE.DNSKEY, ttl: 3600, data: dnskey }));

export function zoneOf(origin: string, records: Iterable<ResourceRecord>): Zone {
  const zone = buildZone(origin, records);
  if (!zone.ok) throw new Error(`${origin}: ${zone.problem}`);
  return zone.value;
}

export const zoneOfText = (origin: string, text: string, ...more: ResourceRecord[]): Zone =>
  zoneOf(origin, [...recordsOf(text, origin), ...more]);

export type Asked = { name: string; type: number; dnssecOk?: boolean; compactOk?: boolean; udpSize?: number };

export function queryOf({ name, type, dnssecOk = true, compactOk = false, udpSize = 1232 }: Asked): Uint8Array {
  const query = formatMessage(
    plainQuery(name, type, { id: 1, edns: { udpSize, version: 0, dnssecOk, extendedRcode: 0, options: [] } }),
  );
  if (compactOk) query[query.length - 4]! |= 0x40;
  return query;
}

export function ask(zones: readonly Zone[], asked: Asked, transport: "udp" | "tcp" = "tcp", at = now): Message {
  const reply = parseMessage(answer(zoneSet(zones), queryOf(asked), transport, { now: at }) ?? new Uint8Array(0));
  if (!reply.ok) throw new Error(reply.problem);
  return reply.value;
}

export const showRecord = ({ name, ttl, type, data }: ResourceRecord): string =>
  `${name} ${ttl} ${typeName(type)} ${rdataText(type, data)}`;

const proving: readonly number[] = [TYPE.RRSIG, TYPE.NSEC, TYPE.NSEC3, TYPE.DS];

/** What a reply says apart from its proofs; the RCODE is left out, since a compact denial changes it. */
export function withoutProof({ answers, authority, additional, authoritative }: Message): Record<string, unknown> {
  const plain = (records: readonly ResourceRecord[]): string[] =>
    records.filter(({ type }) => !proving.includes(type)).map(showRecord);
  return { answers: plain(answers), authority: plain(authority), additional: plain(additional), authoritative };
}

type RecordSet = { name: string; type: number; records: ResourceRecord[]; signatures: ResourceRecord[] };

/** The RRsets of a section, each with the signatures that cover it. */
function setsOf(records: readonly ResourceRecord[]): RecordSet[] {
  const sets: RecordSet[] = [];
  for (const record of records.filter(({ type }) => type !== TYPE.RRSIG)) {
    const known = sets.find(({ name, type }) => name === record.name && type === record.type);
    if (known) known.records.push(record);
    else sets.push({ name: record.name, type: record.type, records: [record], signatures: [] });
  }
  for (const signature of records.filter(({ type }) => type === TYPE.RRSIG)) {
    const rrsig = readRrsig(signature.data);
    const covered = sets.find(
      ({ name, type }) => name === signature.name && rrsig.ok && type === rrsig.value.typeCovered,
    );
    if (!covered) throw new Error(`a signature of nothing at ${signature.name}`);
    covered.signatures.push(signature);
  }
  return sets;
}

/**
 * What is wrong with the proofs in a reply of the zone `apex`, as a validator sees it that has the keys; undefined when they hold.
 * `plain`: the reply without DNSSEC, whose RCODE tells whether the last name exists.
 */
export function proofProblem(
  asked: Pick<Asked, "name" | "type">,
  reply: Message,
  plain: Message,
  apex: string,
  keys: readonly Dnskey[],
  at = now,
): string | undefined {
  const budget = newWorkBudget();
  const [answers, authority] = [setsOf(reply.answers), setsOf(reply.authority)];
  const denials = reply.authority.filter(({ type }) => type === TYPE.NSEC || type === TYPE.NSEC3);
  const dnames = answers.filter(({ type }) => type === TYPE.DNAME);
  for (const { name, type, records, signatures } of [...answers, ...authority]) {
    const what = `${name} ${typeName(type)}`;
    const isSynthesized =
      type === TYPE.CNAME && dnames.some((dname) => name !== dname.name && isAtOrBelow(name, dname.name));
    if (isSynthesized || (type === TYPE.NS && name !== apex)) {
      if (signatures.length > 0) return `${what}: signed, and nobody may`;
      continue;
    }
    if (signatures.some(({ ttl }) => ttl !== records[0]?.ttl)) return `${what}: signature with another TTL`;
    const rrsigs = signatures.flatMap(({ data }) => {
      const rrsig = readRrsig(data);
      return rrsig.ok ? [rrsig.value] : [];
    });
    const check = checkRrset(records, rrsigs, { apex, keys }, at, budget);
    if (check.result !== "signed") return `${what}: ${check.result === "bogus" ? check.reason : check.result}`;
    if (check.closestEncloser === undefined) continue;
    if (denials.includes(records[0]!)) return `${what}: a denial from a wildcard`;
    const { closestEncloser } = check;
    if (proveAbsence({ name, type, closestEncloser }, apex, denials, budget).proof !== "complete")
      return `${what}: not proven that no closer name exists`;
  }
  return denialProblem(asked, reply, plain.rcode === RCODE.NXDOMAIN ? "absent" : "exists", apex, denials);
}

function denialProblem(
  { name, type }: Pick<Asked, "name" | "type">,
  reply: Message,
  expected: "exists" | "absent",
  apex: string,
  denials: readonly ResourceRecord[],
): string | undefined {
  let current = name;
  for (const record of reply.answers) {
    if (record.name !== current) continue;
    if (record.type === type || type === TYPE.ANY || type === TYPE.RRSIG) return undefined;
    if (record.type === TYPE.CNAME) current = readName(record.data);
  }
  const cut = reply.authority.find((record) => record.type === TYPE.NS && record.name !== apex)?.name;
  const soa = reply.authority.some((record) => record.type === TYPE.SOA);
  if (cut !== undefined) {
    if (reply.authority.some((record) => record.name === cut && record.type === TYPE.DS)) return undefined;
    const denial = proveAbsence({ name: cut, type: TYPE.DS }, apex, denials, newWorkBudget());
    return denial.proof === "complete" && denial.cut ? undefined : `${cut} DS: denial ${JSON.stringify(denial)}`;
  }
  if (!soa || (current === apex && type === TYPE.DS)) return undefined; // of that the parent speaks
  const denial = proveAbsence({ name: current, type }, apex, denials, newWorkBudget());
  if (denial.proof !== "complete") return `${current} ${typeName(type)}: denial ${JSON.stringify(denial)}`;
  return denial.name === expected ? undefined : `${current}: said that it ${denial.name}`;
}

/** The keys that a validator would know. */
export const published = ({ keys }: ZoneSigning): Dnskey[] =>
  keys.flatMap(({ dnskey }) => {
    const key = readDnskey(dnskey);
    return key.ok ? [key.value] : [];
  });
