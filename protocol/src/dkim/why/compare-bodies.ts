import { createHash } from "node:crypto";
import { canonicalizeBody } from "../hash/canonicalize-body.ts";
import type { CanonicalizationName } from "../hash/canonicalize-header.ts";
import { octetText } from "../../mail/octets.ts";
import { bodyBudgetOf, canonicalizeText, findBodyChanges } from "./body-search.ts";
import type { Change } from "./known-changes.ts";
import { firstDifference, lineAt, lineEndAbove } from "./lines.ts";
import type { Pace } from "./pace.ts";
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

/** A longer body is not compared: it fits in no string. */
const comparedBodyOctetsMax = 256 * 1024 * 1024;

/** Also of a body that is too long to be searched. */
const comparedText = ({ text, body }: ReadMessage): string | undefined =>
  text ?? (body.length > comparedBodyOctetsMax ? undefined : octetText(body));

/**
 * Undefined when the bodies are the same, or when one of them is too long to be compared. In those that are too long to be
 * searched no known changes are looked for.
 */
export async function compareBodies(
  before: ReadMessage,
  after: ReadMessage,
  pace: Pace,
): Promise<BodyDifference | undefined> {
  const [sent, received] = [comparedText(before), comparedText(after)];
  if (sent === undefined || received === undefined) return undefined;
  const differsAt = await firstDifference(sent, received, pace);
  if (differsAt === Math.max(sent.length, received.length)) return undefined;
  const extent = await equalUnder(sent, received, pace);
  const isSearched = before.text !== undefined && after.text !== undefined && extent !== "simple";
  const changes = !isSearched
    ? []
    : await searchChanges(
        sent,
        { text: received, fields: after.fields },
        extent === "relaxed" ? "simple" : "relaxed",
        pace,
      );
  return {
    extent: extent === "simple" ? "empty-lines-at-end" : extent === "relaxed" ? "white-space" : "content",
    changes,
    ...(await linesAt(sent, received, differsAt, pace)),
  };
}

/** The search for a broken signature, with the sent body in the place of the signed one. */
async function searchChanges(
  sent: string,
  received: { text: string; fields: ReadMessage["fields"] },
  canonicalization: CanonicalizationName,
  pace: Pace,
): Promise<Change[]> {
  const signed = { canonicalization, octetsMax: undefined, digest: await digestOf(sent, canonicalization, pace) };
  return (await findBodyChanges(received, signed, bodyBudgetOf(received.text.length), pace)).changes;
}

async function equalUnder(sent: string, received: string, pace: Pace): Promise<CanonicalizationName | undefined> {
  for (const canonicalization of ["simple", "relaxed"] as const) {
    const digest = await digestOf(sent, canonicalization, pace);
    if (digest.equals(await digestOf(received, canonicalization, pace))) return canonicalization;
  }
  return undefined;
}

async function digestOf(text: string, canonicalization: CanonicalizationName, pace: Pace): Promise<Buffer> {
  const hash = createHash("sha256");
  const canonicalizer = canonicalizeBody(canonicalization, (octets) => hash.update(octets));
  await canonicalizeText(text, canonicalizer, pace);
  canonicalizer.finish();
  return hash.digest();
}

/** The line of an offset in both. */
async function linesAt(
  sent: string,
  received: string,
  at: number,
  pace: Pace,
): Promise<Pick<BodyDifference, "line" | "sent" | "received">> {
  const before = await lineEndAbove(sent, at, pace);
  const start = before < 0 ? 0 : before + 2;
  const lineOf = (text: string): string | undefined => {
    if (start >= text.length) return undefined;
    const end = text.indexOf("\r\n", start);
    return text.slice(start, Math.min(end < 0 ? text.length : end, start + 200));
  };
  return { line: await lineAt(sent, start, pace), sent: lineOf(sent), received: lineOf(received) };
}
