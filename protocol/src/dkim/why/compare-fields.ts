import type { HeaderField } from "../../mail/header.ts";
import { canonicalizeField } from "../hash/canonicalize-header.ts";
import { fieldUndoings, restOf, rewrittenOctetsMax, withRest } from "./field-undoings.ts";
import type { ChangeKind } from "./known-changes.ts";
import type { ReadMessage } from "./read-message.ts";

/** How the fields of one name differ. Octet text of both, at most 200 octets; see `quoted`. */
export type FieldDifference = {
  name: string;
  difference: "added" | "removed" | "changed" | "reordered";
  /** The known change that it is, as far as one field tells it by itself. */
  kind: ChangeKind | undefined;
  sent: string | undefined;
  received: string | undefined;
};

const differencesMax = 200;
const shownOctetsMax = 200;

/** All differences, name by name in the order of the received message, then those that are gone. */
export function compareFields(before: ReadMessage, after: ReadMessage): FieldDifference[] {
  const differences: FieldDifference[] = [];
  for (const name of new Set([...after.index.keys(), ...before.index.keys()])) {
    if (differences.length >= differencesMax) break;
    differences.push(...compareNamed(before.index.get(name) ?? [], after.index.get(name) ?? []));
  }
  return differences.slice(0, differencesMax);
}

/** Fields of one name, in message order. What is in both is left out; of what is left, the ones at the bottom belong together. */
function compareNamed(sent: readonly HeaderField[], received: readonly HeaderField[]): FieldDifference[] {
  const gone = without(sent, received);
  const come = without(received, sent);
  const pairs = Math.min(gone.length, come.length);
  const differences: FieldDifference[] = [];
  for (let at = 0; at < pairs; at++)
    differences.push(changed(gone[gone.length - 1 - at]!, come[come.length - 1 - at]!));
  for (const field of come.slice(0, come.length - pairs))
    differences.push(difference("added", undefined, undefined, field));
  for (const field of gone.slice(0, gone.length - pairs))
    differences.push(difference("removed", undefined, field, undefined));
  const moved = differences.length === 0 && sent.some(({ raw }, at) => raw !== received[at]!.raw);
  return moved ? [difference("reordered", "fields-reordered", sent[0], received[0])] : differences;
}

/** The fields of the one list that are not in the other, as often as they are there more often. */
function without(fields: readonly HeaderField[], others: readonly HeaderField[]): HeaderField[] {
  const left = new Map<string, number>();
  for (const { raw } of others) left.set(raw, (left.get(raw) ?? 0) + 1);
  return fields.filter(({ raw }) => {
    const count = left.get(raw) ?? 0;
    left.set(raw, count - 1);
    return count <= 0;
  });
}

function changed(sent: HeaderField, received: HeaderField): FieldDifference {
  return difference("changed", kindOf(sent, received), sent, received);
}

function kindOf(sent: HeaderField, received: HeaderField): ChangeKind | undefined {
  const wanted = canonicalizeField(sent.raw, "relaxed");
  if (canonicalizeField(received.raw, "relaxed") === wanted)
    return restOf(sent) === restOf(received) ? "name-case-changed" : "white-space-changed";
  if (sent.raw.length > rewrittenOctetsMax || received.raw.length > rewrittenOctetsMax) return undefined;
  for (const { kind, names, undo } of fieldUndoings) {
    if (names?.includes(received.lowerName) === false) continue;
    for (const rest of undo(restOf(received), received))
      if (canonicalizeField(withRest(received, rest), "relaxed") === wanted) return kind;
  }
  return received.lowerName === "from" ? "from-rewritten" : undefined;
}

function difference(
  word: FieldDifference["difference"],
  kind: ChangeKind | undefined,
  sent: HeaderField | undefined,
  received: HeaderField | undefined,
): FieldDifference {
  const shown = (field: HeaderField | undefined): string | undefined =>
    field && (kind === "name-case-changed" ? field.raw : restOf(field)).slice(0, shownOctetsMax);
  const name = (received ?? sent)!.name;
  return { name, difference: word, kind, sent: shown(sent), received: shown(received) };
}
