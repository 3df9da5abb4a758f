import type { Found } from "./answer-proof.ts";
import { StoredProof } from "./answer-stored.ts";
import { TYPE } from "../../record/record.ts";
import { LookupName } from "../../name/lookup-name.ts";

const wildcard = new LookupName();

/** Proofs by NSEC records (RFC 4035 §3.1.3). */
export class NsecProof extends StoredProof {
  protected denyCloser({ name }: Found): void {
    this.takeBefore(name.octets, 0);
  }

  protected denyType(node: number, { name, missingLabels }: Found): void {
    if (missingLabels === 0) {
      this.#match(node, name.octets, 0);
      return;
    }
    wildcard.readWildcard(name, missingLabels);
    this.#match(node, wildcard.octets, 0);
    this.takeBefore(name.octets, 0);
  }

  protected denyName({ name, missingLabels }: Found): void {
    this.takeBefore(name.octets, 0);
    wildcard.readWildcard(name, missingLabels);
    this.takeBefore(wildcard.octets, 0);
  }

  protected denyDs(cut: number, owners: Uint8Array, ownerAt: number): void {
    this.#match(cut, owners, ownerAt);
  }

  /** The record of a name; an empty non-terminal has none, and lies in the gap of another. */
  #match(node: number, owners: Uint8Array, ownerAt: number): void {
    if (this.content.findSet(node, TYPE.NSEC) >= 0) this.take(node, owners, ownerAt);
    else this.takeBefore(owners, ownerAt);
  }
}
