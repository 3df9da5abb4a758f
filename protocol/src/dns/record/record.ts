import { nameToWire, readWireName } from "../name/name.ts";

/** One resource record, class IN unless `class` says otherwise (TSIG, chaos queries). */
export type ResourceRecord = {
  /** Owner, canonical. */
  name: string;
  type: number;
  /** Seconds, 0 to 2³¹−1. */
  ttl: number;
  /** RDATA in wire form, names in it not compressed. */
  data: Uint8Array;
  /** Absent means IN. */
  class?: number;
};

/** Types by mnemonic, as registered by IANA. Others are written TYPE<n> (RFC 3597 §5). */
export const TYPE = {
  A: 1,
  NS: 2,
  MD: 3,
  MF: 4,
  CNAME: 5,
  SOA: 6,
  MB: 7,
  MG: 8,
  MR: 9,
  NULL: 10,
  PTR: 12,
  HINFO: 13,
  MINFO: 14,
  MX: 15,
  TXT: 16,
  RP: 17,
  AFSDB: 18,
  RT: 21,
  PX: 26,
  AAAA: 28,
  LOC: 29,
  SRV: 33,
  NAPTR: 35,
  KX: 36,
  CERT: 37,
  DNAME: 39,
  OPT: 41,
  DS: 43,
  SSHFP: 44,
  RRSIG: 46,
  NSEC: 47,
  DNSKEY: 48,
  NSEC3: 50,
  NSEC3PARAM: 51,
  TLSA: 52,
  SMIMEA: 53,
  CDS: 59,
  CDNSKEY: 60,
  OPENPGPKEY: 61,
  CSYNC: 62,
  ZONEMD: 63,
  SVCB: 64,
  HTTPS: 65,
  SPF: 99,
  NXNAME: 128,
  TKEY: 249,
  TSIG: 250,
  IXFR: 251,
  AXFR: 252,
  MAILB: 253,
  MAILA: 254,
  ANY: 255,
  URI: 256,
  CAA: 257,
} as const;

export const CLASS = { IN: 1, CH: 3, HS: 4, NONE: 254, ANY: 255 } as const;

const mnemonics = new Map<number, string>(Object.entries(TYPE).map(([name, number]) => [number, name]));
const numbers = new Map<string, number>(Object.entries(TYPE));

/** "TXT", or "TYPE65280" for a type without a mnemonic here. */
export const typeName = (type: number): string => mnemonics.get(type) ?? `TYPE${type}`;

/** The number of a mnemonic or of TYPE<n>, in any case; undefined for anything else. */
export function typeNumber(text: string): number | undefined {
  const upper = text.toUpperCase();
  const known = numbers.get(upper);
  if (known !== undefined) return known;
  if (!/^TYPE\d{1,5}$/.test(upper)) return undefined;
  const number = Number(upper.slice(4));
  return number <= 0xffff ? number : undefined;
}

/**
 * Where names stand in RDATA: octets before them, how many, octets after. `compress` marks the types of RFC 1035, the only
 * ones whose names may be sent compressed; the others are read leniently (RFC 3597 §4).
 */
export type RdataNames = { before: number; names: number; after: number; compress: boolean };
const oneName: RdataNames = { before: 0, names: 1, after: 0, compress: true };
export const rdataNames: ReadonlyMap<number, RdataNames> = new Map<number, RdataNames>([
  [TYPE.NS, oneName],
  [TYPE.MD, oneName],
  [TYPE.MF, oneName],
  [TYPE.CNAME, oneName],
  [TYPE.SOA, { before: 0, names: 2, after: 20, compress: true }],
  [TYPE.MB, oneName],
  [TYPE.MG, oneName],
  [TYPE.MR, oneName],
  [TYPE.PTR, oneName],
  [TYPE.MINFO, { before: 0, names: 2, after: 0, compress: true }],
  [TYPE.MX, { before: 2, names: 1, after: 0, compress: true }],
  [TYPE.SRV, { before: 6, names: 1, after: 0, compress: false }],
  [TYPE.DNAME, { before: 0, names: 1, after: 0, compress: false }],
]);

/*
 * Builders take sound values and throw TypeError on others: that is a bug of the caller. Readers take RDATA that has been
 * checked, by `parseMessage`, `checkRdata` or a builder, and throw TypeError on any other.
 */

/** TXT RDATA of any length, cut into character-strings of 255 octets. Text is taken as UTF-8. */
export function txtData(text: string | Uint8Array): Uint8Array {
  const octets = typeof text === "string" ? new TextEncoder().encode(text) : text;
  const strings: Uint8Array[] = [];
  for (let at = 0; at < octets.length; at += 255) strings.push(octets.subarray(at, at + 255));
  return txtDataOf(strings);
}

/** TXT RDATA with exactly these character-strings, each of at most 255 octets; no string makes one empty string. */
export function txtDataOf(strings: readonly Uint8Array[]): Uint8Array {
  const given = strings.length === 0 ? [new Uint8Array(0)] : strings;
  const data = new Uint8Array(given.reduce((octets, string) => octets + 1 + string.length, 0));
  let to = 0;
  for (const string of given) {
    if (string.length > 255) throw new TypeError("character-string longer than 255 octets");
    data[to] = string.length;
    data.set(string, to + 1);
    to += string.length + 1;
  }
  return data;
}

/** The character-strings of TXT RDATA, one character for each octet (so UTF-8 text is not decoded). */
export function readTxt(data: Uint8Array): string[] {
  const strings: string[] = [];
  for (let at = 0; at < data.length;) {
    const end = at + 1 + (data[at] ?? 0);
    if (end > data.length) throw new TypeError("TXT RDATA cut short");
    strings.push(latin1(data.subarray(at + 1, end)));
    at = end;
  }
  return strings;
}

const latin1 = (octets: Uint8Array): string =>
  Buffer.from(octets.buffer, octets.byteOffset, octets.length).toString("latin1");

/** RDATA of the types that are one name: NS, CNAME, PTR, DNAME. */
export const nameData = (name: string): Uint8Array => nameToWire(name);

/** The name in RDATA of NS, CNAME, PTR or DNAME, canonical. */
export const readName = (data: Uint8Array): string => nameAt(data, 0).name;

function nameAt(data: Uint8Array, offset: number): { name: string; end: number } {
  const name = readWireName(data, offset, { pointers: "refused" });
  if (!name.ok) throw new TypeError(`bad name in RDATA: ${name.problem}`);
  return name.value;
}

export function mxData(preference: number, exchange: string): Uint8Array {
  const name = nameToWire(exchange);
  const data = new Uint8Array(2 + name.length);
  viewOf(data).setUint16(0, preference);
  data.set(name, 2);
  return data;
}

export function readMx(data: Uint8Array): { preference: number; exchange: string } {
  return { preference: viewOf(data).getUint16(0), exchange: nameAt(data, 2).name };
}

/** The fields of a SOA record (RFC 1035 §3.3.13); times in seconds. */
export type Soa = {
  mname: string;
  rname: string;
  serial: number;
  refresh: number;
  retry: number;
  expire: number;
  minimum: number;
};

export function soaData(soa: Soa): Uint8Array {
  const mname = nameToWire(soa.mname);
  const rname = nameToWire(soa.rname);
  const data = new Uint8Array(mname.length + rname.length + 20);
  data.set(mname);
  data.set(rname, mname.length);
  const view = viewOf(data);
  const fields = [soa.serial, soa.refresh, soa.retry, soa.expire, soa.minimum];
  for (const [index, field] of fields.entries()) view.setUint32(mname.length + rname.length + 4 * index, field);
  return data;
}

export function readSoa(data: Uint8Array): Soa {
  const mname = nameAt(data, 0);
  const rname = nameAt(data, mname.end);
  if (data.length !== rname.end + 20) throw new TypeError("SOA RDATA of the wrong length");
  const view = viewOf(data);
  const field = (index: number): number => view.getUint32(rname.end + 4 * index);
  return {
    mname: mname.name,
    rname: rname.name,
    serial: field(0),
    refresh: field(1),
    retry: field(2),
    expire: field(3),
    minimum: field(4),
  };
}

const viewOf = (data: Uint8Array): DataView => new DataView(data.buffer, data.byteOffset, data.byteLength);
