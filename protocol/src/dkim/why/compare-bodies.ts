import { createHash } from "node:crypto";
import { canonicalizeBody } from "../hash/canonicalize-body.ts";
import type { CanonicalizationName } from "../hash/canonicalize-header.ts";
import { octetsOf } from "../../mail/octets.ts";
import { bodyBudgetOf, findBodyChanges } from "./body-search.ts";
import type { Change } from "./known-changes.ts";
import { lineAt } from "./lines.ts";
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

/** Undefined when the bodies are the same, or when one of them is too long to be compared. */
export async function compareBodies(before: ReadMessage, after: ReadMessage): Promise<BodyDifference | undefined> {
  if (before.text === undefined || after.text === undefined || before.text === after.text) return undefined;
  const extent = (["simple", "relaxed"] as const).find((canonicalization) =>
    digestOf(before.text!, canonicalization).equals(digestOf(after.text!, canonicalization)),
  );
  const changes =
    extent === "simple"
      ? []
      : await searchChanges(
          before.text,
          { text: after.text, fields: after.fields },
          extent === "relaxed" ? "simple" : "relaxed",
        );
  return {
    extent: extent === "simple" ? "empty-lines-at-end" : extent === "relaxed" ? "white-space" : "content",
    changes,
    ...firstDifference(before.text, after.text),
  };
}

/** The search for a broken signature, with the sent body in the place of the signed one. */
async function searchChanges(
  sent: string,
  received: { text: string; fields: ReadMessage["fields"] },
  canonicalization: CanonicalizationName,
): Promise<Change[]> {
  const signed = { canonicalization, octetsMax: undefined, digest: digestOf(sent, canonicalization) };
  return (await findBodyChanges(received, signed, bodyBudgetOf(received.text.length))).changes;
}

function digestOf(text: string, canonicalization: CanonicalizationName): Buffer {
  const hash = createHash("sha256");
  const canonicalizer = canonicalizeBody(canonicalization, (octets) => hash.update(octets));
  canonicalizer.update(octetsOf(text));
  canonicalizer.finish();
  return hash.digest();
}

function firstDifference(sent: string, received: string): Pick<BodyDifference, "line" | "sent" | "received"> {
  let at = 0;
  while (at < sent.length && sent.charCodeAt(at) === received.charCodeAt(at)) at++;
  const before = at === 0 ? -1 : sent.lastIndexOf("\r\n", at - 1);
  const start = before < 0 ? 0 : before + 2;
  const lineOf = (text: string): string | undefined => {
    if (start >= text.length) return undefined;
    const end = text.indexOf("\r\n", start);
    return text.slice(start, Math.min(end < 0 ? text.length : end, start + 200));
  };
  return { line: lineAt(sent, start), sent: lineOf(sent), received: lineOf(received) };
}
