import { createHash } from "node:crypto";
import type { Seconds } from "../seconds.ts";
import { canonicalJson, type Json, readCanonical } from "./canonical.ts";

/** What happened to a claim as a whole. What happens to its keys has the kinds of facts. */
export type ClaimEvent = "begun" | "verified" | "suspended" | "resumed" | "released" | "moved";

/** One thing that happened, as the rolls keep it. */
export type RollEntry = {
  v: 1;
  /** The claim whose chain this is; a domain that is claimed again gets another. */
  claim: string;
  domain: string;
  /** From 1, without a gap. */
  seq: number;
  /** SHA-256 of the line before, hexadecimal; 64 zeros before the first. */
  prev: string;
  at: Seconds;
  /** The trusted clock; null where nobody read it. */
  trustedMs: number | null;
  /** "claim", or the id of a key. */
  about: string;
  kind: string;
  evidence: { readonly [name: string]: Json };
  /** What the key is; with the first entry of each key. */
  key?: RolledKey;
};

export type RolledKey = {
  selector: string;
  name: string;
  role: string;
  method: string;
  algorithm: string;
  bits: number;
  record: string;
  /** SHA-256 of the SubjectPublicKeyInfo, hexadecimal. */
  publicSha256: string;
};

export const beforeFirst = "0".repeat(64);

/** The line of an entry: what is stored, exported and hashed. It ends where its line feed stands. */
export function entryLine(entry: RollEntry): string {
  const line = canonicalJson(entry);
  if (line === undefined) throw new Error(`the evidence of ${entry.kind} is nested too deeply`);
  return line;
}

export const hashOfLine = (line: string): string => createHash("sha256").update(line).digest("hex");

/** Reads the line of an entry, whoever wrote it; undefined when it is none, or not in its one spelling. */
export function readEntry(line: string): RollEntry | undefined {
  const value = readCanonical(line) as Partial<RollEntry> | undefined | null;
  if (typeof value !== "object" || value === null) return undefined;
  const { v, claim, domain, seq, prev, at, trustedMs, about, kind, evidence } = value;
  const texts = [claim, domain, prev, about, kind].every((text) => typeof text === "string");
  const numbers = [seq, at].every(Number.isSafeInteger) && (trustedMs === null || Number.isFinite(trustedMs));
  const objects = typeof evidence === "object" && evidence !== null && !Array.isArray(evidence);
  return v === 1 && texts && numbers && objects ? (value as RollEntry) : undefined;
}
