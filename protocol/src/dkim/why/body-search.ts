import { createHash } from "node:crypto";
import { nextTurn } from "../../mail/next-turn.ts";
import { octetsOf, trimFws } from "../../mail/octets.ts";
import { canonicalizeBody } from "../hash/canonicalize-body.ts";
import type { CanonicalizationName } from "../hash/canonicalize-header.ts";
import { bodyUndoings, type BodyText, type BodyVariant } from "./body-variants.ts";
import { change, type Change, type ChangeKind } from "./known-changes.ts";
import { lineAt } from "./lines.ts";

/** What `c=`, `l=` and `bh=` of a signature say that the body was. */
export type SignedBody = { canonicalization: CanonicalizationName; octetsMax: number | undefined; digest: Buffer };

/** How many octets of bodies may be hashed; shared by all signatures of a message. */
export type BodyBudget = { octets: number };
export const bodyBudgetOf = (bodyOctets: number): BodyBudget => ({
  octets: Math.min(bodyBudgetOctetsMax, 64 * 1024 * 1024 + 8 * bodyOctets),
});
const bodyBudgetOctetsMax = 192 * 1024 * 1024;

/** The lines, counted from the end, at which a body is tried as ending; a longer footer is none. */
const footerLinesMax = 4096;

/** A body of more lines is tried as it is and for a footer, and not undone line by line. */
const undoneLinesMax = 500_000;

/** What was found: the changes that, undone, give `bh=`, and whether everything was tried. */
export type BodyFinding = { changes: Change[]; searched: "all" | "partly" };

/**
 * Looks for known changes of a body whose hash is not the signed one. Each undoing is hashed once, and in the same pass every
 * line end near its end is tried as the end of what was signed, so an undoing and a footer are found together. At most
 * the budget's octets are hashed, and others have their turn between two tries.
 */
export async function findBodyChanges(body: BodyText, signed: SignedBody, budget: BodyBudget): Promise<BodyFinding> {
  if (isEmptyBody(signed)) return { changes: [change("signed-without-body")], searched: "all" };
  const tooManyLines = hasMoreLines(body.text, undoneLinesMax);
  for (const { kind, variants } of allUndoings(body, signed)) {
    if (kind !== undefined && tooManyLines) return { changes: [], searched: "partly" };
    // Undoing costs time as hashing does, and is paid for even when it gives nothing.
    if (kind !== undefined) budget.octets -= body.text.length;
    for (const variant of variants) {
      budget.octets -= variant.text.length;
      if (budget.octets < 0) return { changes: [], searched: "partly" };
      await nextTurn();
      const canonicalization = variant.canonicalization ?? signed.canonicalization;
      const matched = matchBody(variant.text, { ...signed, canonicalization });
      if (matched.match === "none") continue;
      const changes = kind === undefined ? [] : [change(kind, evidenceOf(body, variant))];
      if (matched.match === "prefix") changes.push(footer(variant.text, canonicalization, matched.canonicalOctets));
      return { changes, searched: "all" };
    }
    if (budget.octets < 0) return { changes: [], searched: "partly" };
  }
  return { changes: [], searched: "all" };
}

function hasMoreLines(text: string, max: number): boolean {
  if (text.length < 2 * max) return false;
  let lines = 0;
  for (let at = text.indexOf("\r\n"); at >= 0 && lines <= max; at = text.indexOf("\r\n", at + 2)) lines++;
  return lines > max;
}

type Undone = {
  kind: ChangeKind | undefined;
  variants: Iterable<BodyVariant & { canonicalization?: CanonicalizationName }>;
};

/** What is tried, in order: the body as it is (with a footer, perhaps), the table, the other canonicalization. */
function* allUndoings(body: BodyText, { canonicalization }: SignedBody): Iterable<Undone> {
  yield { kind: undefined, variants: [{ text: body.text }] };
  for (const { kind, only, undo } of bodyUndoings)
    if (only !== "simple" || canonicalization === "simple") yield { kind, variants: undo(body) };
  const other = canonicalization === "simple" ? "relaxed" : "simple";
  const mislabelled = { text: body.text, canonicalization: other, evidence: {} } as const;
  yield { kind: "canonicalization-mislabelled", variants: [mislabelled] };
}

/** The first line that is not the same, as it is and as it was. */
function evidenceOf(body: BodyText, variant: BodyVariant): Parameters<typeof change>[1] {
  if (variant.evidence !== undefined) return variant.evidence;
  const { text } = body;
  let at = 0;
  while (at < text.length && text.charCodeAt(at) === variant.text.charCodeAt(at)) at++;
  const before = at === 0 ? -1 : text.lastIndexOf("\r\n", at - 1);
  const start = before < 0 ? 0 : before + 2;
  const lineOf = (octets: string): string => {
    const end = octets.indexOf("\r\n", start);
    return octets.slice(start, end < 0 ? undefined : end);
  };
  return { line: lineAt(text, start), found: lineOf(text), signed: lineOf(variant.text) };
}

function footer(text: string, canonicalization: CanonicalizationName, canonicalOctets: number): Change {
  const lines = linesWithin(text, canonicalization, canonicalOctets);
  let end = 0;
  for (let line = 0; line < lines; line++) end = text.indexOf("\r\n", end) + 2;
  return change("footer-added", { line: lines + 1, found: trimFws(text.slice(end, end + 1000)) });
}

/** The hash of no body at all, under either rule (RFC 6376 §3.4.3, §3.4.4). */
function isEmptyBody({ digest }: SignedBody): boolean {
  return ["", "\r\n"].some((text) => createHash("sha256").update(text).digest().equals(digest));
}

type Match = { match: "none" } | { match: "whole" } | { match: "prefix"; canonicalOctets: number };

/**
 * One pass: canonicalizes and hashes, and at each line end within the last lines compares a copy of the hash with the signed
 * one.
 */
function matchBody(text: string, signed: SignedBody): Match {
  const hash = createHash("sha256");
  const searchFrom = signed.octetsMax === undefined ? footerStart(text) : text.length;
  let left = signed.octetsMax ?? Number.POSITIVE_INFINITY;
  let canonicalOctets = 0;
  let prefix: number | undefined;
  let searching = false;
  let afterCr = false;
  let ends = 0;
  const canonicalizer = canonicalizeBody(signed.canonicalization, (piece) => {
    const octets = piece.length <= left ? piece : piece.subarray(0, left);
    left -= octets.length;
    let hashed = 0;
    for (
      let at = searching ? octets.indexOf(LF) : -1;
      at >= 0 && ends <= footerLinesMax;
      at = octets.indexOf(LF, at + 1)
    ) {
      // No signed body ends in an empty line: CRLF behind CRLF is not worth a hash.
      if (!(at === 0 ? afterCr : octets[at - 1] === CR) || octets[at - 2] === LF) continue;
      ends++;
      hash.update(octets.subarray(hashed, at + 1));
      hashed = at + 1;
      if (hash.copy().digest().equals(signed.digest)) prefix ??= canonicalOctets + hashed;
    }
    hash.update(octets.subarray(hashed));
    canonicalOctets += octets.length;
    afterCr = octets[octets.length - 1] === CR;
  });
  const octets = octetsOf(text);
  canonicalizer.update(octets.subarray(0, searchFrom));
  searching = searchFrom < text.length;
  canonicalizer.update(octets.subarray(searchFrom));
  canonicalizer.finish();
  if (hash.digest().equals(signed.digest)) return { match: "whole" };
  return prefix === undefined ? { match: "none" } : { match: "prefix", canonicalOctets: prefix };
}

/**
 * How many lines so many canonical octets are. Canonicalization keeps the number of lines but for empty ones at the end, so a
 * line of the one is a line of the other.
 */
function linesWithin(text: string, canonicalization: CanonicalizationName, canonicalOctets: number): number {
  let lines = 0;
  let left = canonicalOctets;
  let afterCr = false;
  const canonicalizer = canonicalizeBody(canonicalization, (piece) => {
    const octets = piece.subarray(0, Math.max(0, left));
    left -= octets.length;
    for (let at = octets.indexOf(LF); at >= 0; at = octets.indexOf(LF, at + 1))
      if (at === 0 ? afterCr : octets[at - 1] === CR) lines++;
    afterCr = octets[octets.length - 1] === CR;
  });
  canonicalizer.update(octetsOf(text));
  canonicalizer.finish();
  return lines;
}

const CR = 0x0d;
const LF = 0x0a;

/** Where the last lines begin, empty ones at the end left out of the count. */
function footerStart(text: string): number {
  let at = text.length;
  while (at >= 2 && text.startsWith("\r\n", at - 2)) at -= 2;
  for (let lines = 0; lines < footerLinesMax && at > 0; lines++) at = text.lastIndexOf("\r\n", at - 1);
  return Math.max(at, 0);
}
