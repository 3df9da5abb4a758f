import { headerOctets } from "../message/query.ts";
import { TYPE } from "../record/record.ts";
import { wireOctets, writeRecord, type WireRecord } from "../zone/zone-walk.ts";

/** RFC 1035 §4.1.4: a pointer has fourteen bits. */
const pointerTargetMax = 0x3fff;
const labelsMax = 127;
/** Room kept for the OPT record. */
const optOctets = 11;

/** What all messages of a transfer begin with, and how large they may be. */
export type TransferHead = {
  /** Header and question of the request; its name is the zone's. */
  question: Uint8Array;
  /** What the request's OPT said, which the first message answers with one of its own (RFC 6891 §6.1.1). Absent: it had none. */
  edns?: { udpSize: number; dnssecOk: boolean };
  /** A message is full then. */
  fullOctets: number;
  /** No message is larger; reached only by a record that is larger than `fullOctets` itself. */
  octetsMax: number;
};

/**
 * Writes the messages of a transfer, record by record. An owner is compressed against the one before, and so at least against the question:
 * that looks nothing up, and the keys that fill a zone are much longer than their names.
 */
export class TransferWriter {
  readonly #head: TransferHead;
  /** The message being written, which is given away when it is full. */
  #octets: Uint8Array;
  /** The name of the zone, lower-case, and what lies where in it. */
  readonly #origin: Uint8Array;
  #at = 0;
  #count = 0;
  #messages = 0;
  /** The owner written last: where it stands, how many labels and octets it has, where each label begins. */
  #owner: Uint8Array;
  #labels = 0;
  #starts = new Uint8Array(labelsMax + 1);
  /** The same of the owner being written. */
  #nextStarts = new Uint8Array(labelsMax + 1);
  /** By number of labels: where the message has the end of the last owner that is so long; 0 if no pointer leads there. */
  readonly #targets = new Uint16Array(labelsMax + 1);

  constructor(head: TransferHead) {
    this.#head = head;
    this.#origin = head.question.subarray(headerOctets).map(lower);
    this.#owner = this.#origin;
    this.#octets = Buffer.allocUnsafeSlow(head.octetsMax);
    this.#start();
  }

  /** Adds a record. False: it does not fit, and belongs into the next message. */
  add(record: Readonly<WireRecord>): boolean {
    const { owner } = record;
    const isSame = owner === this.#owner;
    const labels = isSame ? this.#labels : this.#readLabels(owner);
    const starts = isSame ? this.#starts : this.#nextStarts;
    let known = isSame ? labels : this.#sharedLabels(owner, labels);
    while (known > 0 && this.#targets[known] === 0) known--;
    const written = starts[labels - known]!;
    const limit = this.#count === 0 ? this.#head.octetsMax : this.#head.fullOctets;
    const octets = written + 2 + wireOctets(record) + (this.#messages === 0 ? optOctets : 0);
    if (this.#at + octets > limit) return false;

    const target = this.#targets[known]!;
    for (let label = 0; label < labels - known; label++) {
      const place = this.#at + starts[label]!;
      this.#targets[labels - label] = place <= pointerTargetMax ? place : 0;
    }
    for (let at = 0; at < written; at++) this.#octets[this.#at++] = owner[at]!;
    if (known === 0) this.#octets[this.#at++] = 0;
    else {
      this.#octets[this.#at++] = 0xc0 | (target >> 8);
      this.#octets[this.#at++] = target;
    }
    this.#at = writeRecord(this.#octets, this.#at, record);
    this.#count++;
    if (!isSame) this.#remember(owner, labels);
    return true;
  }

  /** The message as it stands; the next one is begun. */
  take(): Uint8Array {
    if (this.#messages === 0 && this.#head.edns) this.#writeOpt(this.#head.edns);
    this.#octets[6] = this.#count >> 8;
    this.#octets[7] = this.#count;
    const message = this.#octets.subarray(0, this.#at);
    this.#messages++;
    this.#octets = Buffer.allocUnsafeSlow(this.#head.octetsMax);
    this.#start();
    return message;
  }

  /** RFC 5936 §2.2.1: ID, opcode and RD of the request, QR and AA, and its question. */
  #start(): void {
    const { question } = this.#head;
    this.#octets.set(question);
    this.#octets[2] = 0x84 | (question[2]! & 0x01);
    this.#octets.fill(0, 3, headerOctets);
    this.#octets[5] = 1;
    this.#at = question.length;
    this.#count = 0;
    this.#remember(this.#origin, this.#readLabels(this.#origin));
    for (let label = 0; label < this.#labels; label++)
      this.#targets[this.#labels - label] = headerOctets + this.#starts[label]!;
  }

  #remember(owner: Uint8Array, labels: number): void {
    this.#owner = owner;
    this.#labels = labels;
    [this.#starts, this.#nextStarts] = [this.#nextStarts, this.#starts];
  }

  /** Notes where the labels begin and answers how many there are; the root label is the last start. */
  #readLabels(owner: Uint8Array): number {
    const starts = this.#nextStarts;
    let labels = 0;
    let at = 0;
    for (; owner[at] !== 0; at += owner[at]! + 1) starts[labels++] = at;
    starts[labels] = at;
    return labels;
  }

  /** How many labels at the end the owner shares with the one before. Octets are compared from the right, as far as labels begin alike. */
  #sharedLabels(owner: Uint8Array, labels: number): number {
    const last = this.#owner;
    let at = this.#nextStarts[labels]!;
    let lastAt = this.#starts[this.#labels]!;
    let shared = 0;
    while (shared < labels && shared < this.#labels) {
      const start = this.#nextStarts[labels - shared - 1]!;
      if (at - start !== lastAt - this.#starts[this.#labels - shared - 1]!) return shared;
      while (at > start) if (owner[--at] !== last[--lastAt]) return shared;
      shared++;
    }
    return shared;
  }

  #writeOpt({ udpSize, dnssecOk }: { udpSize: number; dnssecOk: boolean }): void {
    const opt = [0, TYPE.OPT >> 8, TYPE.OPT, udpSize >> 8, udpSize & 0xff, 0, 0, dnssecOk ? 0x80 : 0, 0, 0, 0];
    this.#octets.set(opt, this.#at);
    this.#at += optOctets;
    this.#octets[11] = 1;
  }
}

const lower = (octet: number): number => (octet >= 65 && octet <= 90 ? octet + 32 : octet);
