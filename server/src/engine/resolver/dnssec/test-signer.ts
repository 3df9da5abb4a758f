import { generateKeyPairSync, sign, type KeyObject } from "node:crypto";
import {
  isAtOrBelow,
  keyTagOf,
  parentName,
  RCODE,
  rdataFromText,
  readDnskey,
  dsDigest,
  signedLabels,
  signedOctets,
  TYPE,
  typeName,
  type Message,
  type ResourceRecord,
} from "chancery/dns";

/** A key that signs one zone, for tests: ED25519, flags 257. */
export type ZoneKey = { apex: string; privateKey: KeyObject; data: Uint8Array; ds: string };

function rdata(type: number, text: string): Uint8Array {
  const data = rdataFromText(type, text, ".");
  if (!data.ok) throw new Error(`${typeName(type)} ${text}: ${data.problem}`);
  return data.value;
}

export function zoneKey(apex: string): ZoneKey {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const point = Buffer.from(publicKey.export({ format: "jwk" }).x ?? "", "base64url").toString("base64");
  const data = rdata(TYPE.DNSKEY, `257 3 15 ${point}`);
  const key = readDnskey(data);
  const digest = key.ok ? dsDigest(apex, key.value, 2) : undefined;
  return { apex, privateKey, data, ds: `${keyTagOf(data)} 15 2 ${Buffer.from(digest ?? []).toString("hex")}` };
}

export type Validity = { inception: number; expiration: number };

/** The RRSIG record of an RRset; a wildcard's records are signed as such when `labels` says how many it has. */
export function rrsigOf(
  records: readonly ResourceRecord[],
  key: ZoneKey,
  { inception, expiration }: Validity,
  labels?: number,
): ResourceRecord {
  const [{ name, type, ttl }] = records as [ResourceRecord];
  const fields = {
    typeCovered: type,
    algorithm: 15,
    labels: labels ?? signedLabels(name),
    originalTtl: ttl,
    expiration,
    inception,
    keyTag: keyTagOf(key.data),
    signer: key.apex,
    signature: new Uint8Array(0),
  };
  const signature = sign(undefined, signedOctets(fields, records), key.privateKey).toString("base64");
  const signer = key.apex === "." ? "." : `${key.apex}.`;
  const text = `${typeName(type)} 15 ${fields.labels} ${ttl} ${expiration} ${inception} ${fields.keyTag} ${signer} ${signature}`;
  return { name, type: TYPE.RRSIG, ttl, data: rdata(TYPE.RRSIG, text) };
}

/** A server that signs what `base` answers, with compact denials (RFC 9824), where DNSSEC records are asked for. */
export function signing(
  keys: readonly ZoneKey[],
  base: (query: Message) => Message,
  validityOf: (apex: string) => Validity,
): (query: Message) => Message {
  const keyFor = (name: string): ZoneKey | undefined =>
    keys.filter(({ apex }) => isAtOrBelow(name, apex)).sort((a, b) => b.apex.length - a.apex.length)[0];
  const signed = (records: readonly ResourceRecord[]): ResourceRecord[] => {
    const [first] = records;
    const key = first && keyFor(first.type === TYPE.DS ? (parentName(first.name) ?? first.name) : first.name);
    return key ? [...records, rrsigOf(records, key, validityOf(key.apex))] : [...records];
  };
  const nsec = (name: string, types: string, key: ZoneKey): ResourceRecord[] => {
    const next = name === "." ? String.raw`\000.` : String.raw`\000.${name}.`;
    const record = { name, type: TYPE.NSEC, ttl: 60, data: rdata(TYPE.NSEC, `${next} ${types} RRSIG NSEC`.trim()) };
    return [record, rrsigOf([record], key, validityOf(key.apex))];
  };
  const ask = (query: Message, name: string, type: number): Message =>
    base({ ...query, questions: [{ name, type, class: 1 }] });

  return (query) => {
    const name = query.questions[0]?.name.toLowerCase() ?? ".";
    const type = query.questions[0]?.type ?? 0;
    const reply = base(query);
    if (query.edns?.dnssecOk !== true) return reply;
    const own = keys.find(({ apex }) => apex === name);
    if (type === TYPE.DNSKEY && own) {
      const dnskey = { name, type, ttl: 60, data: own.data };
      return { ...reply, rcode: RCODE.NOERROR, authoritative: true, answers: signed([dnskey]), authority: [] };
    }
    if (reply.answers.length > 0) return { ...reply, answers: signed(reply.answers) };
    const soa = reply.authority.some((record) => record.type === TYPE.SOA);
    const key = keyFor(type === TYPE.DS ? (parentName(name) ?? name) : name);
    if (soa && key) {
      const isCut = ask(query, name, TYPE.TXT).authority[0]?.type === TYPE.NS;
      const types = reply.rcode === RCODE.NXDOMAIN ? "NXNAME" : isCut ? "NS" : "MX";
      return { ...reply, authority: [...reply.authority, ...nsec(name, types, key)] };
    }
    const cut = reply.authority[0]?.type === TYPE.NS ? reply.authority[0].name : undefined;
    const above = cut === undefined ? undefined : keyFor(parentName(cut) ?? cut);
    if (cut === undefined || above === undefined) return reply;
    const ds = ask(query, cut, TYPE.DS).answers;
    return { ...reply, authority: [...reply.authority, ...(ds.length > 0 ? signed(ds) : nsec(cut, "NS", above))] };
  };
}
