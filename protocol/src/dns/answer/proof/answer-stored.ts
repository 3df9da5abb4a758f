import type { AnswerProof, Found } from "./answer-proof.ts";
import type { Reply, Section } from "../answer-reply.ts";
import { denialOrder } from "../../zone/denial-order.ts";
import { wireOfOrderKey, wireOrderKey } from "../../dnssec/canonical.ts";
import { TYPE } from "../../record/record.ts";
import type { ZoneContent } from "../../zone/zone-content.ts";
import { LookupName } from "../../name/lookup-name.ts";
import { fixedOctets, setEnd, setHeadOctets, u16 } from "../../zone/zone-page.ts";

/** The owner of a record that denies, and its node. */
type Denial = { node: number; owner: Uint8Array };

const owner = new LookupName();

/**
 * Proofs for a zone that holds its signatures, and a chain of records that deny. What those have to say differs by their type; each goes
 * into a reply once, and into the authority section, so only when nothing more comes into the answer.
 */
export abstract class StoredProof implements AnswerProof {
  protected content!: ZoneContent;
  #reply!: Reply;
  #denials: Denial[] = [];

  /** Turns to the next reply. */
  start(content: ZoneContent, reply: Reply): void {
    this.content = content;
    this.#reply = reply;
    this.#denials = [];
  }

  /** That no name closer than the wildcard exists. */
  protected abstract denyCloser(found: Found): void;
  protected abstract denyType(node: number, found: Found): void;
  protected abstract denyName(found: Found): void;
  /** That a zone cut has no DS records. */
  protected abstract denyDs(cut: number, owners: Uint8Array, ownerAt: number): void;

  answered(set: number, node: number, found: Found): void {
    for (const signature of this.#signaturesOf(node, set)) this.#reply.records("answer", found.nameAt, signature);
    if (found.missingLabels > 0) this.denyCloser(found);
  }

  wrote(section: Section, set: number, node: number, owners: Uint8Array, ownerAt: number): void {
    for (const signature of this.#signaturesOf(node, set))
      this.#reply.namedRecords(section, owners, ownerAt, signature);
  }

  noType(node: number, found: Found): void {
    this.#signSoa();
    this.denyType(node, found);
  }

  noName(found: Found): void {
    this.#signSoa();
    this.denyName(found);
  }

  referred(cut: number, owners: Uint8Array, ownerAt: number): void {
    const set = this.content.findSet(cut, TYPE.DS);
    if (set < 0) {
      this.denyDs(cut, owners, ownerAt);
      return;
    }
    this.#reply.namedSet("authority", owners, ownerAt, this.content, cut, set);
    this.wrote("authority", set, cut, owners, ownerAt);
  }

  finish(): void {
    for (const { node, owner: name } of this.#denials) {
      const set = this.content.findSet(node, this.content.denialType ?? TYPE.NSEC);
      this.#reply.namedSet("authority", name, 0, this.content, node, set);
      this.wrote("authority", set, node, name, 0);
    }
    this.#denials = [];
  }

  /** The record whose owner comes last at or before a name. */
  protected takeBefore(names: Uint8Array, at: number): void {
    const before = denialOrder(this.content).atOrBefore(wireOrderKey(names, at));
    if (before === undefined) return;
    owner.read(wireOfOrderKey(before), 0);
    const node = this.content.find(owner, 0);
    if (node >= 0) this.take(node, owner.octets, 0);
  }

  protected take(node: number, owners: Uint8Array, ownerAt: number): void {
    if (this.#denials.some((denial) => denial.node === node)) return;
    let end = ownerAt;
    while (owners[end] !== 0) end += owners[end]! + 1;
    this.#denials.push({ node, owner: owners.slice(ownerAt, end + 1) });
  }

  #signSoa(): void {
    const { origin, apex, negativeTtl } = this.content;
    for (const signature of this.#signaturesOf(apex, this.content.findSet(apex, TYPE.SOA))) {
      const copy = signature.slice();
      new DataView(copy.buffer).setUint32(4, negativeTtl); // as that of the SOA itself
      this.#reply.namedRecords("authority", origin, 0, copy);
    }
  }

  /** The signatures that the zone has of a set, each without owner. */
  *#signaturesOf(node: number, set: number): Generator<Uint8Array> {
    const page = this.content.page(node);
    const signatures = this.content.findSet(node, TYPE.RRSIG);
    if (signatures < 0) return;
    const covered = u16(page, set);
    for (let at = signatures + setHeadOctets; at < setEnd(page, signatures);) {
      const next = at + fixedOctets + u16(page, at + 8);
      if (u16(page, at + fixedOctets) === covered) yield page.subarray(at, next);
      at = next;
    }
  }
}
