import { createHash } from "node:crypto";
import { octetsOf, trimFws } from "../../mail/octets.ts";
import { canonicalizeBody, type BodyCanonicalizer } from "../hash/canonicalize-body.ts";
import type { CanonicalizationName } from "../hash/canonicalize-header.ts";
import type { BodyText, BodyVariant } from "./body-text.ts";
import { bodyUndoings } from "./body-variants.ts";
import { change, type Change, type ChangeKind } from "./known-changes.ts";
import { firstDifference, lineAt, lineEndAbove, lineEnds } from "./lines.ts";
import { pieceOctets, type Pace } from "./pace.ts";

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
 * the budget's octets are hashed, and others have their turn at the pace that is given.
 */
export async function findBodyChanges(
  body: BodyText,
  signed: SignedBody,
  budget: BodyBudget,
  pace: Pace,
): Promise<BodyFinding> {
  if (isEmptyBody(signed)) return { changes: [change("signed-without-body")], searched: "all" };
  const tooManyLines = (await lineEnds(body.text, pace, { max: undoneLinesMax + 1 })).lines > undoneLinesMax;
  for (const { kind, variants } of allUndoings(body, signed, pace)) {
    if (kind !== undefined && tooManyLines) return { changes: [], searched: "partly" };
    // Undoing costs time as hashing does, and is paid for even when it gives nothing.
    if (kind !== undefined) budget.octets -= body.text.length;
    for await (const variant of variants) {
      budget.octets -= variant.text.length;
      if (budget.octets < 0) return { changes: [], searched: "partly" };
      const canonicalization = variant.canonicalization ?? signed.canonicalization;
      const matched = await matchBody(variant.text, { ...signed, canonicalization }, pace);
      if (matched.match === "none") continue;
      const changes = kind === undefined ? [] : [change(kind, await evidenceOf(body, variant, pace))];
      if (matched.match === "prefix")
        changes.push(await footer(variant.text, canonicalization, matched.canonicalOctets, pace));
      return { changes, searched: "all" };
    }
    if (budget.octets < 0) return { changes: [], searched: "partly" };
  }
  return { changes: [], searched: "all" };
}

type Undone = {
  kind: ChangeKind | undefined;
  variants: Iterable<TriedBody> | AsyncIterable<TriedBody>;
};
type TriedBody = BodyVariant & { canonicalization?: CanonicalizationName };

/** What is tried, in order: the body as it is (with a footer, perhaps), the table, the other canonicalization. */
function* allUndoings(body: BodyText, { canonicalization }: SignedBody, pace: Pace): Iterable<Undone> {
  yield { kind: undefined, variants: [{ text: body.text }] };
  for (const { kind, only, undo } of bodyUndoings)
    if (only !== "simple" || canonicalization === "simple") yield { kind, variants: undo(body, pace) };
  const other = canonicalization === "simple" ? "relaxed" : "simple";
  const mislabelled = { text: body.text, canonicalization: other, evidence: {} } as const;
  yield { kind: "canonicalization-mislabelled", variants: [mislabelled] };
}

/** The first line that is not the same, as it is and as it was. */
async function evidenceOf(body: BodyText, variant: BodyVariant, pace: Pace): Promise<Parameters<typeof change>[1]> {
  if (variant.evidence !== undefined) return variant.evidence;
  const { text } = body;
  const before = await lineEndAbove(text, await firstDifference(text, variant.text, pace), pace);
  const start = before < 0 ? 0 : before + 2;
  const lineOf = (octets: string): string => {
    const end = octets.indexOf("\r\n", start);
    return octets.slice(start, end < 0 ? undefined : end);
  };
  return { line: await lineAt(text, start, pace), found: lineOf(text), signed: lineOf(variant.text) };
}

async function footer(
  text: string,
  canonicalization: CanonicalizationName,
  canonicalOctets: number,
  pace: Pace,
): Promise<Change> {
  const max = await linesWithin(text, canonicalization, canonicalOctets, pace);
  const { lines, end } = await lineEnds(text, pace, { max });
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
async function matchBody(text: string, signed: SignedBody, pace: Pace): Promise<Match> {
  const hash = createHash("sha256");
  const searchFrom = signed.octetsMax === undefined ? await footerStart(text, pace) : text.length;
  let left = signed.octetsMax ?? Number.POSITIVE_INFINITY;
  let canonicalOctets = 0;
  let prefix: number | undefined;
  let searching = false;
  let last = 0;
  let ends = 0;
  const canonicalizer = canonicalizeBody(signed.canonicalization, (piece) => {
    const octets = piece.length <= left ? piece : piece.subarray(0, left);
    left -= octets.length;
    let hashed = 0;
    // Millions of empty lines come at once, when it is known that something is behind them: only the first ends a line of text.
    const looked = areEmptyLines(octets) ? octets.subarray(0, 2) : octets;
    for (
      let at = searching ? looked.indexOf(LF) : -1;
      at >= 0 && ends <= footerLinesMax;
      at = looked.indexOf(LF, at + 1)
    ) {
      // No signed body ends in an empty line: CRLF behind CRLF is not worth a hash.
      if ((at === 0 ? last : octets[at - 1]) !== CR || (at === 1 ? last : octets[at - 2]) === LF) continue;
      ends++;
      hash.update(octets.subarray(hashed, at + 1));
      hashed = at + 1;
      if (hash.copy().digest().equals(signed.digest)) prefix ??= canonicalOctets + hashed;
    }
    hash.update(octets.subarray(hashed));
    canonicalOctets += octets.length;
    last = octets[octets.length - 1] ?? last;
  });
  await canonicalizeText(text.slice(0, searchFrom), canonicalizer, pace);
  searching = searchFrom < text.length;
  await canonicalizeText(text.slice(searchFrom), canonicalizer, pace, searchedOctets);
  canonicalizer.finish();
  if (hash.digest().equals(signed.digest)) return { match: "whole" };
  return prefix === undefined ? { match: "none" } : { match: "prefix", canonicalOctets: prefix };
}

const emptyLines = Buffer.from("\r\n".repeat(2048));
const areEmptyLines = (octets: Uint8Array): boolean =>
  octets.length > 2 && octets.length <= emptyLines.length && emptyLines.subarray(0, octets.length).equals(octets);

/** Among the last lines, where each may cost a hash. */
const searchedOctets = 1024;

/** Hands text to a canonicalizer piece by piece. @param octets how much a piece is; small ones are those that cost more */
export async function canonicalizeText(
  text: string,
  canonicalizer: BodyCanonicalizer,
  pace: Pace,
  octets = pieceOctets,
): Promise<void> {
  for (let at = 0; at < text.length; at += octets) {
    canonicalizer.update(octetsOf(text.slice(at, at + octets)));
    await pace.worked(pieceOctets);
  }
}

/**
 * How many lines so many canonical octets are. Canonicalization keeps the number of lines but for empty ones at the end, so a
 * line of the one is a line of the other.
 */
async function linesWithin(
  text: string,
  canonicalization: CanonicalizationName,
  canonicalOctets: number,
  pace: Pace,
): Promise<number> {
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
  await canonicalizeText(text, canonicalizer, pace);
  canonicalizer.finish();
  return lines;
}

const CR = 0x0d;
const LF = 0x0a;

/** Where the last lines begin, empty ones at the end left out of the count. */
async function footerStart(text: string, pace: Pace): Promise<number> {
  let at = text.length;
  for (let looked = at; at >= 2 && text.startsWith("\r\n", at - 2); at -= 2) {
    if (looked - at >= pieceOctets) {
      await pace.worked(looked - at);
      looked = at;
    }
  }
  for (let lines = 0; lines < footerLinesMax && at > 0; lines++) at = await lineEndAbove(text, at, pace);
  return Math.max(at, 0);
}
