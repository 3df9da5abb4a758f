import type { HeaderField } from "../../mail/header.ts";
import { canonicalizeField } from "../hash/canonicalize-header.ts";
import { canonicalField } from "./canonical-fields.ts";
import { fieldUndoings, restOf, rewrittenOctetsMax, withRest } from "./field-undoings.ts";
import type { ChangeKind } from "./known-changes.ts";
import type { Pace } from "./pace.ts";
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

/** All differences, name by name in the order of the received message, then those that are gone; at most 200. */
export async function compareFields(before: ReadMessage, after: ReadMessage, pace: Pace): Promise<FieldDifference[]> {
  const differences: FieldDifference[] = [];
  for (const name of new Set([...after.index.keys(), ...before.index.keys()])) {
    const sent = before.index.get(name) ?? [];
    const received = after.index.get(name) ?? [];
    await pace.worked(fieldOctets * (sent.length + received.length));
    for await (const difference of compareNamed(sent, received, pace)) {
      if (differences.length >= differencesMax) return differences;
      differences.push(difference);
      await pace.worked(differenceOctets);
    }
  }
  return differences;
}
/** What a field costs, and what it costs to look for the name of a change. */
const fieldOctets = 64;
const differenceOctets = 32 * 1024;

/** Fields of one name, in message order. What is in both is left out; of what is left, the ones at the bottom belong together. */
async function* compareNamed(
  sent: readonly HeaderField[],
  received: readonly HeaderField[],
  pace: Pace,
): AsyncIterable<FieldDifference> {
  const gone = without(sent, received);
  const come = without(received, sent);
  const pairs = Math.min(gone.length, come.length);
  for (let at = 0; at < pairs; at++) yield changed(gone[gone.length - 1 - at]!, come[come.length - 1 - at]!, pace);
  for (const field of come.slice(0, come.length - pairs)) yield difference("added", undefined, undefined, field);
  for (const field of gone.slice(0, gone.length - pairs)) yield difference("removed", undefined, field, undefined);
  if (gone.length === 0 && come.length === 0 && sent.some(({ raw }, at) => raw !== received[at]!.raw))
    yield difference("reordered", "fields-reordered", sent[0], received[0]);
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

async function changed(sent: HeaderField, received: HeaderField, pace: Pace): Promise<FieldDifference> {
  return difference("changed", await kindOf(sent, received, pace), sent, received);
}

async function kindOf(sent: HeaderField, received: HeaderField, pace: Pace): Promise<ChangeKind | undefined> {
  const wanted = await canonicalField(sent, "relaxed", pace);
  if ((await canonicalField(received, "relaxed", pace)) === wanted)
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
