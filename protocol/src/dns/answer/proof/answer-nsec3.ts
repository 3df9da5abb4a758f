import type { Found } from "./answer-proof.ts";
import { StoredProof } from "./answer-stored.ts";
import { toBase32hex } from "../../record/base32hex.ts";
import { wireNsec3Hash, type Nsec3Hashing } from "../../dnssec/nsec3.ts";
import { TYPE } from "../../record/record.ts";
import type { ZoneContent } from "../../zone/zone-content.ts";
import { LookupName } from "../../name/lookup-name.ts";

const wildcard = new LookupName();
const cutName = new LookupName();
const hashed = new LookupName();

/** Proofs by NSEC3 records (RFC 5155 §7.2). Names that only stand above unsigned delegations may have none (opt-out). */
export class Nsec3Proof extends StoredProof {
  protected denyCloser({ name, missingLabels }: Found): void {
    this.#cover(name, missingLabels - 1);
  }

  protected denyType(_node: number, { name, missingLabels }: Found): void {
    if (missingLabels === 0) {
      this.#matchOrEnclose(name);
      return;
    }
    this.#enclose(name, missingLabels);
    wildcard.readWildcard(name, missingLabels);
    this.#match(wildcard, 0);
  }

  protected denyName({ name, missingLabels }: Found): void {
    this.#enclose(name, missingLabels);
    wildcard.readWildcard(name, missingLabels);
    this.#cover(wildcard, 0);
  }

  protected denyDs(_cut: number, owners: Uint8Array, ownerAt: number): void {
    cutName.read(owners, ownerAt);
    this.#matchOrEnclose(cutName);
  }

  #matchOrEnclose(name: LookupName): void {
    if (!this.#match(name, 0)) this.#enclose(name, 1);
  }

  /** The closest encloser, or the closest above it that has a record, and that the name below it on the way has none. */
  #enclose(name: LookupName, label: number): void {
    const apexLabel = name.labels - this.content.originLabels;
    let encloser = label;
    while (encloser < apexLabel && !this.#match(name, encloser)) encloser++;
    if (encloser >= apexLabel) this.#match(name, apexLabel);
    this.#cover(name, encloser - 1);
  }

  /** The record of the name that begins at a label; false when it has none. */
  #match(name: LookupName, label: number): boolean {
    this.#hash(name, label);
    const node = this.content.find(hashed, 0);
    if (node < 0 || this.content.findSet(node, TYPE.NSEC3) < 0) return false;
    this.take(node, hashed.octets, 0);
    return true;
  }

  #cover(name: LookupName, label: number): void {
    this.#hash(name, label);
    this.takeBefore(hashed.octets, 0);
  }

  /** The owner of the record that a name has or would have, into `hashed`. */
  #hash(name: LookupName, label: number): void {
    const wire = name.octets.subarray(name.labelAt(label), name.length);
    const text = toBase32hex(wireNsec3Hash(wire, hashingOf(this.content)));
    hashed.read(Buffer.concat([Uint8Array.of(text.length), Buffer.from(text, "latin1"), this.content.origin]), 0);
  }
}

/** What the NSEC3PARAM record says: algorithm, flags, iterations, length of the salt, salt (RFC 5155 §4.2). */
function hashingOf(content: ZoneContent): Nsec3Hashing {
  const [parameters] = content.set(content.apex, content.findSet(content.apex, TYPE.NSEC3PARAM)).data;
  const [, , high = 0, low = 0, saltOctets = 0] = parameters ?? [];
  return { iterations: high * 256 + low, salt: parameters?.subarray(5, 5 + saltOctets) ?? new Uint8Array(0) };
}
