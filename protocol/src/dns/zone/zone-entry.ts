import { checkRdata } from "../message/message.ts";
import { TYPE, typeName } from "../record/record.ts";
import { readKeyText, sameTemplate, type KeyTemplate } from "./zone-key.ts";
import {
  fixedOctets,
  FORM,
  keyHeadOctets,
  putU16,
  putU24,
  putU32,
  recordTtl,
  setHeadOctets,
  type RecordSet,
} from "./zone-page.ts";

/** 65535 without header, question and a generous OPT: an RRset over this fits into no message. */
export const setOctetsMax = 65_000;
/** Of NSEC3 hashes: no resolver believes more, and each costs us as well (RFC 9276 §3.2). */
const nsec3IterationsMax = 100;
/** Templates of one zone; a key with another text around it is held as any other record. */
const templatesMax = 1024;
const KEY = 25;
/** What may stand beside a CNAME: RFC 4034 §4 and §3, RFC 2535 §2.3.5. */
const besideCname: readonly number[] = [TYPE.CNAME, TYPE.RRSIG, TYPE.NSEC, KEY];

/** The templates of a zone while it is made; only added to, so that versions before can go on with the ones they know. */
export class Templates {
  readonly list: KeyTemplate[];
  readonly #numbers = new Map<string, number>();

  constructor(known: readonly KeyTemplate[]) {
    this.list = [...known];
    for (const [number, template] of known.entries()) this.#numbers.set(textOf(template), number);
  }

  /** The number of a template, taken in when there is room for one more; or -1. */
  numberOf(template: KeyTemplate): number {
    const last = this.list.length - 1;
    if (last >= 0 && sameTemplate(this.list[last]!, template)) return last; // one key is as the next
    const known = this.#numbers.get(textOf(template));
    if (known !== undefined) return known;
    if (this.list.length === templatesMax) return -1;
    this.#numbers.set(textOf(template), this.list.length);
    return this.list.push({ head: template.head, tail: template.tail }) - 1;
  }
}

const textOf = ({ head, tail }: KeyTemplate): string =>
  `${Buffer.from(head).toString("latin1")}\n${Buffer.from(tail).toString("latin1")}`;

/** Writes entries of pages one after the other into an array that grows; to begin again, set `length` to 0. */
export class EntryWriter {
  octets = new Uint8Array(1024);
  length = 0;
  readonly #templates: Templates;

  constructor(templates: Templates) {
    this.#templates = templates;
  }

  /** Appends an entry. `sets` are ordered by type. */
  entry(name: Uint8Array, children: number, sets: readonly RecordSet[]): void {
    this.begin(name, children, sets.length);
    for (const set of sets) this.set(set);
  }

  /** Begins an entry with so many sets, which are to follow. */
  begin(name: Uint8Array, children: number, sets: number): void {
    this.#reserve(7 + name.length);
    this.octets[this.length] = name.length;
    this.octets.set(name, this.length + 1);
    this.length += 1 + name.length;
    putU32(this.octets, this.length, children);
    putU16(this.octets, this.length + 4, sets);
    this.length += 6;
  }

  set({ type, ttl, data }: RecordSet): void {
    const key = type === TYPE.TXT && data.length === 1 ? readKeyText(data[0]!) : undefined;
    const template = key ? this.#templates.numberOf(key) : -1;
    if (key && template >= 0) this.key(ttl, template, key.body);
    else this.#plain(type, ttl, data);
  }

  /** The set of one TXT record with a key. */
  key(ttl: number, template: number, body: Uint8Array): void {
    this.#head(TYPE.TXT, FORM.key, keyHeadOctets + body.length);
    putU32(this.octets, this.length, ttl);
    putU16(this.octets, this.length + 4, template);
    this.octets.set(body, this.length + keyHeadOctets);
    this.length += keyHeadOctets + body.length;
  }

  #head(type: number, form: number, length: number): void {
    this.#reserve(setHeadOctets + length);
    putU16(this.octets, this.length, type);
    this.octets[this.length + 2] = form;
    putU24(this.octets, this.length + 3, length);
    this.length += setHeadOctets;
  }

  #plain(type: number, ttl: number, data: readonly Uint8Array[]): void {
    this.#head(type, FORM.plain, plainOctets(data));
    for (const rdata of data) {
      putU16(this.octets, this.length, type);
      putU16(this.octets, this.length + 2, 1); // IN
      putU32(this.octets, this.length + 4, recordTtl(type, ttl, rdata));
      putU16(this.octets, this.length + 8, rdata.length);
      this.octets.set(rdata, this.length + fixedOctets);
      this.length += fixedOctets + rdata.length;
    }
  }

  #reserve(octets: number): void {
    if (this.length + octets <= this.octets.length) return;
    const larger = new Uint8Array(2 * this.octets.length + octets);
    larger.set(this.octets.subarray(0, this.length));
    this.octets = larger;
  }
}

const plainOctets = (data: readonly Uint8Array[]): number =>
  data.reduce((sum, rdata) => sum + fixedOctets + rdata.length, 0);

/** Why RDATA cannot be that of its type, or undefined. */
export function rdataProblem(type: number, data: Uint8Array): string | undefined {
  if (data.length > 0xffff) return "RDATA longer than 65535 octets";
  // Nearly all records of a DKIM zone are TXT, and this copies nothing.
  if (type === TYPE.TXT) return isTxt(data) ? undefined : "TXT: character-strings do not fill the RDATA";
  const checked = checkRdata(type, data);
  return checked.ok ? undefined : `${typeName(type)}: ${checked.problem}`;
}

function isTxt(data: Uint8Array): boolean {
  let at = 0;
  while (at < data.length) at += 1 + data[at]!;
  return at === data.length && at > 0;
}

const iterationsOf = (nsec3param: Uint8Array): number => (nsec3param[2]! << 8) | nsec3param[3]!;

/**
 * Why these RRsets cannot stand at one name, or undefined: RFC 1035 §5.2 (one SOA, at the top), RFC 2181 §10.1 (CNAME alone), RFC 6672 §2.4
 * (one DNAME), and what no message can hold.
 */
export function setsProblem(sets: readonly RecordSet[], isApex: boolean): string | undefined {
  for (const { type, data } of sets) {
    const isSingle = type === TYPE.SOA || type === TYPE.CNAME || type === TYPE.DNAME;
    if (isSingle && data.length > 1) return `more than one ${typeName(type)}`;
    if (type === TYPE.SOA && !isApex) return "SOA below the origin";
    if (plainOctets(data) + 2 * data.length > setOctetsMax) return `${typeName(type)} records too large for a message`;
    if (type === TYPE.NSEC3PARAM && data.some((rdata) => iterationsOf(rdata) > nsec3IterationsMax))
      return `NSEC3 with more than ${nsec3IterationsMax} iterations`;
    const other = type === TYPE.CNAME ? sets.find((set) => !besideCname.includes(set.type)) : undefined;
    if (other) return `CNAME beside ${typeName(other.type)}`;
  }
  return undefined;
}
