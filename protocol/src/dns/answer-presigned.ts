import type { AnswerProof, Found } from "./answer-proof.ts";
import type { Reply, Section } from "./answer-reply.ts";
import { denialOrder } from "./denial-order.ts";
import { wireOfOrderKey, wireOrderKey } from "./dnssec/canonical.ts";
import { TYPE } from "./record.ts";
import type { ZoneContent } from "./zone-content.ts";
import { LookupName } from "./zone-names.ts";
import { fixedOctets, setEnd, setHeadOctets, u16 } from "./zone-page.ts";

/** A name with its NSEC record goes into a reply once. */
type Denial = { node: number; owner: Uint8Array };

const wildcard = new LookupName();
const owner = new LookupName();

/** Proofs for a zone that holds its signatures and a chain of NSEC records (RFC 4035 §3.1). */
export class PresignedProof implements AnswerProof {
  #content!: ZoneContent;
  #reply!: Reply;
  #denials: Denial[] = [];

  /** Turns to the next reply. */
  start(content: ZoneContent, reply: Reply): void {
    this.#content = content;
    this.#reply = reply;
    this.#denials = [];
  }

  answered(set: number, node: number, { name, nameAt, missingLabels }: Found): void {
    for (const signature of this.#signaturesOf(node, set)) this.#reply.records("answer", nameAt, signature);
    if (missingLabels > 0) this.#cover(name.octets, 0); // and so no closer name exists (§3.1.3.3)
  }

  wrote(section: Section, set: number, node: number, owners: Uint8Array, ownerAt: number): void {
    for (const signature of this.#signaturesOf(node, set))
      this.#reply.namedRecords(section, owners, ownerAt, signature);
  }

  noType(node: number, { name, missingLabels }: Found): void {
    this.#signSoa();
    if (missingLabels === 0) {
      this.#match(node, name.octets, 0);
      return;
    }
    wildcard.readWildcard(name, missingLabels);
    this.#match(node, wildcard.octets, 0);
    this.#cover(name.octets, 0);
  }

  noName({ name, missingLabels }: Found): void {
    this.#signSoa();
    this.#cover(name.octets, 0);
    wildcard.readWildcard(name, missingLabels);
    this.#cover(wildcard.octets, 0);
  }

  referred(cut: number, owners: Uint8Array, ownerAt: number): void {
    const set = this.#content.findSet(cut, TYPE.DS);
    if (set < 0) {
      this.#match(cut, owners, ownerAt);
      return;
    }
    this.#reply.namedSet("authority", owners, ownerAt, this.#content, cut, set);
    this.wrote("authority", set, cut, owners, ownerAt);
  }

  finish(): void {
    for (const { node, owner: name } of this.#denials) {
      const set = this.#content.findSet(node, TYPE.NSEC);
      this.#reply.namedSet("authority", name, 0, this.#content, node, set);
      this.wrote("authority", set, node, name, 0);
    }
    this.#denials = [];
  }

  /** The NSEC record of a name; an empty non-terminal has none, and is covered by that of another (§3.1.3.1). */
  #match(node: number, owners: Uint8Array, ownerAt: number): void {
    if (this.#content.findSet(node, TYPE.NSEC) >= 0) this.#take(node, owners, ownerAt);
    else this.#cover(owners, ownerAt);
  }

  /** The NSEC record in whose gap a name lies. */
  #cover(names: Uint8Array, at: number): void {
    const before = denialOrder(this.#content).atOrBefore(wireOrderKey(names, at));
    if (before === undefined) return;
    owner.read(wireOfOrderKey(before), 0);
    const node = this.#content.find(owner, 0);
    if (node >= 0) this.#take(node, owner.octets, 0);
  }

  #take(node: number, owners: Uint8Array, ownerAt: number): void {
    if (this.#denials.some((denial) => denial.node === node)) return;
    let end = ownerAt;
    while (owners[end] !== 0) end += owners[end]! + 1;
    this.#denials.push({ node, owner: owners.slice(ownerAt, end + 1) });
  }

  #signSoa(): void {
    const { origin, apex, negativeTtl } = this.#content;
    for (const signature of this.#signaturesOf(apex, this.#content.findSet(apex, TYPE.SOA))) {
      const copy = signature.slice();
      new DataView(copy.buffer).setUint32(4, negativeTtl); // as that of the SOA itself
      this.#reply.namedRecords("authority", origin, 0, copy);
    }
  }

  /** The signatures that the zone has of a set, each without owner. */
  *#signaturesOf(node: number, set: number): Generator<Uint8Array> {
    const page = this.#content.page(node);
    const signatures = this.#content.findSet(node, TYPE.RRSIG);
    if (signatures < 0) return;
    const covered = u16(page, set);
    for (let at = signatures + setHeadOctets; at < setEnd(page, signatures);) {
      const next = at + fixedOctets + u16(page, at + 8);
      if (u16(page, at + fixedOctets) === covered) yield page.subarray(at, next);
      at = next;
    }
  }
}
