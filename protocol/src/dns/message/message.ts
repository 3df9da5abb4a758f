import { parsed, unparsed, type Parsed } from "../../parsed.ts";
import { CompressingWriter } from "./message-writer.ts";
import { expandWireName, readWireName } from "../name/name.ts";
import { CLASS, rdataNames, TYPE, type ResourceRecord } from "../record/record.ts";

/** `name` is as asked, its case kept, for the sake of 0x20 and of the echo (RFC 4343 §4). */
export type Question = { name: string; type: number; class: number };

export type Edns = {
  /** Octets that the sender can take over UDP. */
  udpSize: number;
  version: number;
  dnssecOk: boolean;
  /** The upper eight bits of `Message.rcode`. */
  extendedRcode: number;
  options: { code: number; data: Uint8Array }[];
};

/** A DNS message (RFC 1035 §4.1) with its OPT record, if any, taken out of `additional` into `edns` (RFC 6891). */
export type Message = {
  id: number;
  response: boolean;
  opcode: number;
  authoritative: boolean;
  truncated: boolean;
  recursionDesired: boolean;
  recursionAvailable: boolean;
  authenticData: boolean;
  checkingDisabled: boolean;
  /** All twelve bits: with EDNS the upper eight come from OPT. */
  rcode: number;
  questions: Question[];
  answers: ResourceRecord[];
  authority: ResourceRecord[];
  additional: ResourceRecord[];
  edns?: Edns;
};

export const OPCODE = { QUERY: 0, IQUERY: 1, STATUS: 2, NOTIFY: 4, UPDATE: 5, DSO: 6 } as const;

export const RCODE = {
  NOERROR: 0,
  FORMERR: 1,
  SERVFAIL: 2,
  NXDOMAIN: 3,
  NOTIMP: 4,
  REFUSED: 5,
  YXDOMAIN: 6,
  YXRRSET: 7,
  NXRRSET: 8,
  NOTAUTH: 9,
  NOTZONE: 10,
  BADVERS: 16,
  BADKEY: 17,
  BADTIME: 18,
  BADTRUNC: 22,
  BADCOOKIE: 23,
} as const;

/** A query for the records of one name and type, with nothing set: no flags, no EDNS. `fields` says what is other about it. */
export const plainQuery = (name: string, type: number, fields: Partial<Message> = {}): Message => ({
  id: 0,
  response: false,
  opcode: OPCODE.QUERY,
  authoritative: false,
  truncated: false,
  recursionDesired: false,
  recursionAvailable: false,
  authenticData: false,
  checkingDisabled: false,
  rcode: RCODE.NOERROR,
  questions: [{ name, type, class: CLASS.IN }],
  answers: [],
  authority: [],
  additional: [],
  ...fields,
});

const rcodeNames = new Map<number, string>(Object.entries(RCODE).map(([name, number]) => [number, name]));

/** "NXDOMAIN", or "RCODE12" for one without a name here. */
export const rcodeName = (rcode: number): string => rcodeNames.get(rcode) ?? `RCODE${rcode}`;

const headerOctets = 12;
const ttlMax = 0x7fff_ffff;

/** The fixed twelve octets of a message. `rcode` has four bits here. */
export type Header = Omit<Message, "questions" | "answers" | "authority" | "additional" | "edns"> & {
  counts: { questions: number; answers: number; authority: number; additional: number };
};

/** Reads the header alone, so that a server can answer FORMERR to what follows and a client can see TC on a cut message. */
export function parseHeader(bytes: Uint8Array): Parsed<Header> {
  if (bytes.length < headerOctets) return unparsed("message shorter than its header", bytes.length);
  const flags = u16(bytes, 2);
  return parsed({
    id: u16(bytes, 0),
    response: (flags & 0x8000) !== 0,
    opcode: (flags >> 11) & 0xf,
    authoritative: (flags & 0x0400) !== 0,
    truncated: (flags & 0x0200) !== 0,
    recursionDesired: (flags & 0x0100) !== 0,
    recursionAvailable: (flags & 0x0080) !== 0,
    authenticData: (flags & 0x0020) !== 0,
    checkingDisabled: (flags & 0x0010) !== 0,
    rcode: flags & 0xf,
    counts: {
      questions: u16(bytes, 4),
      answers: u16(bytes, 6),
      authority: u16(bytes, 8),
      additional: u16(bytes, 10),
    },
  });
}

/** Reads the first question whatever follows it. */
export function parseFirstQuestion(bytes: Uint8Array): Parsed<Question> {
  const question = readQuestion(bytes, headerOctets);
  return question.ok ? parsed(question.value.question) : question;
}

function readQuestion(bytes: Uint8Array, offset: number): Parsed<{ question: Question; end: number }> {
  const name = readWireName(bytes, offset, { pointers: "followed", letters: "kept" });
  if (!name.ok) return name;
  const at = name.value.end;
  if (at + 4 > bytes.length) return unparsed("question cut short", at);
  const question = { name: name.value.name, type: u16(bytes, at), class: u16(bytes, at + 2) };
  return parsed({ question, end: at + 4 });
}

/**
 * Reads a whole message (RFC 1035 §4.1). Names in RDATA of known types are expanded and lower-case, since compression may
 * have given them the letters of the question (0x20); A, AAAA and TXT RDATA is checked, so
 * the readers of record.ts are safe on what comes out; unknown types are opaque (RFC 3597). A TTL with the top bit set is
 * 0 (RFC 2181 §8). Two OPT records, an OPT with an owner or outside the additional section, and octets after the last
 * record are problems. Time is linear in the length.
 */
export function parseMessage(bytes: Uint8Array): Parsed<Message> {
  const header = parseHeader(bytes);
  if (!header.ok) return header;
  const { counts, ...fields } = header.value;
  const recordCount = counts.answers + counts.authority + counts.additional;
  if (headerOctets + 5 * counts.questions + 11 * recordCount > bytes.length) {
    return unparsed("more entries announced than the message can hold", 4);
  }
  let at = headerOctets;
  const questions: Question[] = [];
  while (questions.length < counts.questions) {
    const read = readQuestion(bytes, at);
    if (!read.ok) return read;
    questions.push(read.value.question);
    at = read.value.end;
  }
  const message: Message = { ...fields, questions, answers: [], authority: [], additional: [] };
  for (const section of ["answers", "authority", "additional"] as const) {
    for (let index = 0; index < counts[section]; index++) {
      const read = readRecord(bytes, at);
      if (!read.ok) return read;
      const { record, end } = read.value;
      if (record.type === TYPE.OPT) {
        if (section !== "additional" || record.name !== ".") return unparsed("misplaced OPT record", at);
        if (message.edns) return unparsed("more than one OPT record", at);
        const edns = readEdns(bytes, at + 1, record.data);
        if (!edns.ok) return edns;
        message.edns = edns.value;
        message.rcode |= edns.value.extendedRcode << 4;
      } else {
        message[section].push(record);
      }
      at = end;
    }
  }
  return at === bytes.length ? parsed(message) : unparsed("octets after the last record", at);
}

function readRecord(bytes: Uint8Array, offset: number): Parsed<{ record: ResourceRecord; end: number }> {
  const owner = readWireName(bytes, offset, { pointers: "followed" });
  if (!owner.ok) return owner;
  const at = owner.value.end;
  if (at + 10 > bytes.length) return unparsed("record cut short", at);
  const type = u16(bytes, at);
  const recordClass = u16(bytes, at + 2);
  const ttl = u16(bytes, at + 4) * 0x10000 + u16(bytes, at + 6);
  const start = at + 10;
  const end = start + u16(bytes, at + 8);
  if (end > bytes.length) return unparsed("RDATA cut short", start);
  const data = recordClass === CLASS.IN ? readRdata(bytes, type, start, end) : parsed(copied(bytes, start, end));
  if (!data.ok) return data;
  const record = { name: owner.value.name, type, ttl: ttl > ttlMax ? 0 : ttl, data: data.value };
  const classed = recordClass === CLASS.IN || type === TYPE.OPT ? record : { ...record, class: recordClass };
  return parsed({ record: classed, end });
}

/** Whether stored RDATA has the form of its type, as far as `parseMessage` checks it. */
export function checkRdata(type: number, data: Uint8Array): Parsed<Uint8Array> {
  const layout = rdataNames.get(type);
  if (!layout) return readRdata(data, type, 0, data.length);
  let at = layout.before;
  for (let index = 0; index < layout.names; index++) {
    const name = readWireName(data, at, { pointers: "refused" });
    if (!name.ok) return name;
    at = name.value.end;
  }
  return at + layout.after === data.length ? parsed(data) : unparsed("RDATA of the wrong length", at);
}

function readRdata(bytes: Uint8Array, type: number, start: number, end: number): Parsed<Uint8Array> {
  const layout = rdataNames.get(type);
  if (!layout) {
    const problem = opaqueProblem(type, bytes, start, end);
    return problem === undefined ? parsed(copied(bytes, start, end)) : unparsed(problem, start);
  }
  const parts: Uint8Array[] = [bytes.subarray(start, Math.min(start + layout.before, end))];
  let at = start + layout.before;
  for (let index = 0; index < layout.names; index++) {
    const name = expandWireName(bytes.subarray(0, end), at);
    if (!name.ok) return name;
    parts.push(name.value.wire);
    at = name.value.end;
  }
  if (at + layout.after !== end) return unparsed("RDATA of the wrong length", at);
  parts.push(bytes.subarray(at, end));
  return parsed(concatenated(parts));
}

function opaqueProblem(type: number, bytes: Uint8Array, start: number, end: number): string | undefined {
  if (type === TYPE.A && end - start !== 4) return "A record that is not four octets";
  if (type === TYPE.AAAA && end - start !== 16) return "AAAA record that is not sixteen octets";
  if (type !== TYPE.TXT) return undefined;
  let at = start;
  while (at < end) at += 1 + (bytes[at] ?? 0);
  return at === end && end > start ? undefined : "TXT record whose strings do not fill it";
}

function readEdns(bytes: Uint8Array, at: number, data: Uint8Array): Parsed<Edns> {
  const options: Edns["options"] = [];
  for (let from = 0; from < data.length;) {
    if (from + 4 > data.length) return unparsed("EDNS option cut short", at);
    const end = from + 4 + u16(data, from + 2);
    if (end > data.length) return unparsed("EDNS option cut short", at);
    options.push({ code: u16(data, from), data: copied(data, from + 4, end) });
    from = end;
  }
  return parsed({
    udpSize: u16(bytes, at + 2),
    extendedRcode: bytes[at + 4] ?? 0,
    version: bytes[at + 5] ?? 0,
    dnssecOk: (u16(bytes, at + 6) & 0x8000) !== 0,
    options,
  });
}

/**
 * The wire form. Owner names, and names in RDATA of the types of RFC 1035, are compressed without regard to case, so an
 * owner repeats the letters of the question. The caller bounds the length: UDP size, 65535 over TCP.
 */
export function formatMessage(message: Message): Uint8Array {
  const writer = new CompressingWriter();
  const { edns } = message;
  writer.u16(message.id);
  writer.u16(flagsOf(message));
  writer.u16(message.questions.length);
  writer.u16(message.answers.length);
  writer.u16(message.authority.length);
  writer.u16(message.additional.length + (edns ? 1 : 0));
  for (const question of message.questions) {
    writer.name(question.name);
    writer.u16(question.type);
    writer.u16(question.class);
  }
  for (const record of message.answers) writeRecord(writer, record);
  for (const record of message.authority) writeRecord(writer, record);
  // TSIG has to stay the last record (RFC 8945 §5.1), so OPT goes before the rest.
  if (edns) writeEdns(writer, edns, message.rcode);
  for (const record of message.additional) writeRecord(writer, record);
  return writer.finished();
}

function flagsOf(message: Message): number {
  return (
    (message.response ? 0x8000 : 0) |
    ((message.opcode & 0xf) << 11) |
    (message.authoritative ? 0x0400 : 0) |
    (message.truncated ? 0x0200 : 0) |
    (message.recursionDesired ? 0x0100 : 0) |
    (message.recursionAvailable ? 0x0080 : 0) |
    (message.authenticData ? 0x0020 : 0) |
    (message.checkingDisabled ? 0x0010 : 0) |
    (message.rcode & 0xf)
  );
}

function writeRecord(writer: CompressingWriter, record: ResourceRecord): void {
  writer.name(record.name);
  writer.u16(record.type);
  writer.u16(record.class ?? CLASS.IN);
  writer.u32(record.ttl);
  const lengthAt = writer.reserveU16();
  const layout = rdataNames.get(record.type);
  if (layout?.compress && (record.class ?? CLASS.IN) === CLASS.IN) {
    writer.octets(record.data.subarray(0, layout.before));
    let at = layout.before;
    for (let index = 0; index < layout.names; index++) at = writer.wireName(record.data, at);
    writer.octets(record.data.subarray(at));
  } else {
    writer.octets(record.data);
  }
  writer.fillLength(lengthAt);
}

function writeEdns(writer: CompressingWriter, edns: Edns, rcode: number): void {
  writer.octets(Uint8Array.of(0));
  writer.u16(TYPE.OPT);
  writer.u16(edns.udpSize);
  writer.u16((((rcode >> 4) | edns.extendedRcode) << 8) | edns.version);
  writer.u16(edns.dnssecOk ? 0x8000 : 0);
  const lengthAt = writer.reserveU16();
  for (const option of edns.options) {
    writer.u16(option.code);
    writer.u16(option.data.length);
    writer.octets(option.data);
  }
  writer.fillLength(lengthAt);
}

/** A copy, and a plain Uint8Array: `slice` of a Buffer would be neither. */
const copied = (bytes: Uint8Array, start: number, end: number): Uint8Array =>
  new Uint8Array(bytes.subarray(start, end));

const u16 = (bytes: Uint8Array, at: number): number => ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);

function concatenated(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((octets, part) => octets + part.length, 0));
  let to = 0;
  for (const part of parts) {
    whole.set(part, to);
    to += part.length;
  }
  return whole;
}
