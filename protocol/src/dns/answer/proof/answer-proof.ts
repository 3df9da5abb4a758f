import type { Section } from "../answer-reply.ts";
import type { LookupName } from "../../name/lookup-name.ts";

/** The name that is looked for now, and how much of it exists. */
export type Found = {
  name: LookupName;
  /** Where the message has the name. */
  nameAt: number;
  /** How many labels stand before the closest encloser: 0 when the name itself exists. */
  missingLabels: number;
};

/**
 * Adds to a reply what proves it to a validator: signatures, and records that deny. Told what was written, while the reply is being
 * written. A zone without signatures, and a query that does not want them, have none. Owners are in wire form and small letters.
 */
export type AnswerProof = {
  /** `set` of `node` is the answer: under the name itself or, when labels are missing, expanded from the wildcard `node`. */
  answered(set: number, node: number, found: Found): void;
  /** `set` of `node` was written under its own name. */
  wrote(section: Section, set: number, node: number, owners: Uint8Array, ownerAt: number): void;
  /** The SOA was written, since `node`, of the name itself or of a wildcard for it, has nothing of the type. */
  noType(node: number, found: Found): void;
  /** The SOA was written, since neither the name nor a wildcard for it exists. */
  noName(found: Found): void;
  /** The NS records of a zone cut were written. */
  referred(cut: number, owners: Uint8Array, ownerAt: number): void;
  /** Nothing more comes into the answer section. */
  finish(): void;
};
