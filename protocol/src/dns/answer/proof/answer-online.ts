import type { AnswerProof, Found } from "./answer-proof.ts";
import type { Reply, Section } from "../answer-reply.ts";
import { compactNsec, type NextName } from "./compact-nsec.ts";
import { isDelegation } from "../../dnssec/denial.ts";
import { RrsetSigner, type OwnerLife, type SigningBudget } from "./rrset-signer.ts";
import { RCODE } from "../../message/message.ts";
import { CLASS, TYPE } from "../../record/record.ts";
import type { ZoneContent } from "../../zone/zone-content.ts";
import type { Zone } from "../../zone/zone.ts";

/**
 * Proofs for a zone with `signing`: everything is signed as it is asked for, and what is not there is denied compactly (RFC 9824). A name
 * that a wildcard answers for is treated as one that exists (§3.3).
 */
export class OnlineProof implements AnswerProof {
  readonly #signer = new RrsetSigner();
  #content!: ZoneContent;
  #reply!: Reply;

  /** Turns to the next reply. `now`: epoch seconds. */
  start(zone: Zone & Required<Pick<Zone, "signing">>, reply: Reply, now: number, budget?: SigningBudget): void {
    this.#content = zone.content;
    this.#reply = reply;
    this.#signer.start(zone.signing, zone.origin, now, budget);
  }

  /** Whether signatures that belong into the reply were not made. */
  get isOverBudget(): boolean {
    return this.#signer.isOverBudget;
  }

  answered(set: number, node: number, { name, nameAt, missingLabels }: Found): void {
    const life = missingLabels === 0 ? "kept" : "passing";
    const signatures = this.#signer.signaturesOf(name.octets, 0, this.#content.set(node, set), life);
    this.#reply.records("answer", nameAt, signatures);
  }

  wrote(section: Section, set: number, node: number, owners: Uint8Array, ownerAt: number): void {
    const signatures = this.#signer.signaturesOf(owners, ownerAt, this.#content.set(node, set), "kept");
    this.#reply.namedRecords(section, owners, ownerAt, signatures);
  }

  noType(node: number, found: Found): void {
    this.#signSoa();
    const types = this.#typesAt(node);
    const next = isDelegation(types) ? "sibling" : "child";
    this.#deny("authority", found, next, types, found.missingLabels === 0 ? "kept" : "passing");
  }

  noName(found: Found): void {
    this.#signSoa();
    this.#deny("authority", found, "child", [TYPE.NXNAME], "passing");
    this.#reply.rcode = this.#reply.compactOk ? RCODE.NXDOMAIN : RCODE.NOERROR;
    this.#reply.deniesName = true;
  }

  referred(cut: number, owners: Uint8Array, ownerAt: number): void {
    const set = this.#content.findSet(cut, TYPE.DS);
    if (set >= 0) {
      this.#reply.namedSet("authority", owners, ownerAt, this.#content, cut, set);
      this.wrote("authority", set, cut, owners, ownerAt);
      return;
    }
    const owner = owners.subarray(ownerAt, ownerAt + nameLength(owners, ownerAt));
    const denial = this.#denial(owner, "sibling", this.#typesAt(cut), "kept", "signed");
    this.#reply.namedRecords("authority", owner, 0, denial);
  }

  finish(): void {}

  /**
   * Answers a question for RRSIG or NSEC records, of which the zone holds none: the signatures of one RRset, since nobody gets
   * amplification out of us (as RFC 8482 §4.1), or the record that would deny other types. False: there is nothing to show. `node`: of the
   * name or the wildcard for it, -1 when there is neither.
   */
  show(type: number, node: number, found: Found, nsec: "signed" | "unsigned"): boolean {
    const life = found.missingLabels === 0 ? "kept" : "passing";
    if (type === TYPE.NSEC) {
      this.#deny("answer", found, "child", node < 0 ? [TYPE.NXNAME] : this.#typesAt(node), life, nsec);
      this.#reply.deniesName = node < 0;
      return true;
    }
    const set = node < 0 ? -1 : this.#content.firstSet(node);
    if (set < 0) return false;
    this.answered(set, node, found);
    return true;
  }

  #deny(
    section: Section,
    { name, nameAt }: Found,
    next: NextName,
    types: readonly number[],
    life: OwnerLife,
    signed: "signed" | "unsigned" = "signed",
  ): void {
    const denial = this.#denial(name.octets.subarray(0, name.length), next, types, life, signed);
    this.#reply.records(section, nameAt, denial);
  }

  /** A NSEC record and its signatures, without owner. Its TTL is that of negative answers (RFC 9077 §3). */
  #denial(
    owner: Uint8Array,
    next: NextName,
    types: readonly number[],
    life: OwnerLife,
    signed: "signed" | "unsigned",
  ): Uint8Array {
    const { origin, negativeTtl } = this.#content;
    const rdata = compactNsec(owner, next, origin.length, types);
    const fixed = new DataView(new ArrayBuffer(10));
    fixed.setUint16(0, TYPE.NSEC);
    fixed.setUint16(2, CLASS.IN);
    fixed.setUint32(4, negativeTtl);
    fixed.setUint16(8, rdata.length);
    const nsec = [new Uint8Array(fixed.buffer), rdata];
    if (signed === "unsigned") return Buffer.concat(nsec);
    const set = { type: TYPE.NSEC, ttl: negativeTtl, data: [rdata] };
    return Buffer.concat([...nsec, this.#signer.signaturesOf(owner, 0, set, life)]);
  }

  /** Of the SOA in a negative answer, whose TTL theirs follow. */
  #signSoa(): void {
    const { apex, origin, negativeTtl } = this.#content;
    const soa = this.#content.set(apex, this.#content.findSet(apex, TYPE.SOA));
    const signatures = withTtl(this.#signer.signaturesOf(origin, 0, soa, "kept"), negativeTtl);
    this.#reply.namedRecords("authority", origin, 0, signatures);
  }

  /** What the zone vouches for at a node: of a cut that is the delegation alone, not the addresses of its servers. */
  #typesAt(node: number): number[] {
    const types = this.#content.types(node);
    return isDelegation(types) ? types.filter((type) => type === TYPE.NS || type === TYPE.DS) : types;
  }
}

function nameLength(octets: Uint8Array, start: number): number {
  let at = start;
  while (octets[at] !== 0) at += octets[at]! + 1;
  return at + 1 - start;
}

/** A copy of records without owner that has another TTL in each. */
function withTtl(records: Uint8Array, ttl: number): Uint8Array {
  const copy = records.slice();
  const view = new DataView(copy.buffer);
  for (let at = 0; at < copy.length; at += 10 + view.getUint16(at + 8)) view.setUint32(at + 4, ttl);
  return copy;
}
