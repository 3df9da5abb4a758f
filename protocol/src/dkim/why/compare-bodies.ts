import { createHash } from "node:crypto";
import { canonicalizeBody } from "../canonicalize-body.ts";
import type { CanonicalizationName } from "../canonicalize-header.ts";
import { bodyBudgetOf, findBodyChanges } from "./body-search.ts";
import type { Change } from "./known-changes.ts";
import type { ReadMessage } from "./read-message.ts";

/** How two bodies differ that are not the same octets. */
export type BodyDifference = {
  /** What remains once a canonicalization has been applied: nothing under simple, nothing under relaxed, or content. */
  extent: "empty-lines-at-end" | "white-space" | "content";
  /** The known changes that explain it; empty when none do. */
  changes: Change[];
  /** The first line that differs, from 1, and what it says: octet text, at most 200 octets, undefined past the end. */
  line: number;
  sent: string | undefined;
  received: string | undefined;
};

/** Undefined when the bodies are the same. In bodies too long to be searched no known changes are looked for. */
export async function compareBodies(before: ReadMessage, after: ReadMessage): Promise<BodyDifference | undefined> {
  if (Buffer.compare(before.body, after.body) === 0) return undefined;
  const extent = (["simple", "relaxed"] as const).find((canonicalization) =>
    digestOf(before.body, canonicalization).equals(digestOf(after.body, canonicalization)),
  );
  return {
    extent: extent === "simple" ? "empty-lines-at-end" : extent === "relaxed" ? "white-space" : "content",
    changes: extent === "simple" ? [] : await searchChanges(before, after, extent === "relaxed" ? "simple" : "relaxed"),
    ...firstDifference(octetsIn(before.body), octetsIn(after.body)),
  };
}

/** The search for a broken signature, with the sent body in the place of the signed one. */
async function searchChanges(
  sent: ReadMessage,
  { text, fields }: ReadMessage,
  canonicalization: CanonicalizationName,
): Promise<Change[]> {
  if (sent.text === undefined || text === undefined) return [];
  const signed = { canonicalization, octetsMax: undefined, digest: digestOf(sent.body, canonicalization) };
  return (await findBodyChanges({ text, fields }, signed, bodyBudgetOf(text.length))).changes;
}

function digestOf(body: Uint8Array, canonicalization: CanonicalizationName): Buffer {
  const hash = createHash("sha256");
  const canonicalizer = canonicalizeBody(canonicalization, (octets) => hash.update(octets));
  canonicalizer.update(body);
  canonicalizer.finish();
  return hash.digest();
}

const octetsIn = (body: Uint8Array): Buffer => Buffer.from(body.buffer, body.byteOffset, body.byteLength);

/** Compared in one go. */
const blockOctets = 65_536;

function firstDifference(sent: Buffer, received: Buffer): Pick<BodyDifference, "line" | "sent" | "received"> {
  const isSameBlock = (at: number): boolean =>
    sent.subarray(at, at + blockOctets).equals(received.subarray(at, at + blockOctets));
  let at = 0;
  while (at < sent.length && isSameBlock(at)) at = Math.min(at + blockOctets, sent.length);
  while (at < sent.length && sent[at] === received[at]) at++;
  const before = at === 0 ? -1 : sent.lastIndexOf("\r\n", at - 1);
  const start = before < 0 ? 0 : before + 2;
  let line = 1;
  for (let end = sent.indexOf("\r\n"); end >= 0 && end < start; end = sent.indexOf("\r\n", end + 2)) line++;
  const lineOf = (body: Buffer): string | undefined => {
    if (start >= body.length) return undefined;
    const end = body.indexOf("\r\n", start);
    return body.toString("latin1", start, Math.min(end < 0 ? body.length : end, start + 200));
  };
  return { line, sent: lineOf(sent), received: lineOf(received) };
}
