import { fieldValue, headerField, type HeaderField } from "../../mail/header.ts";
import { trimFws } from "../../mail/octets.ts";
import type { CanonicalizationName } from "../hash/canonicalize-header.ts";
import { fieldUndoings, otherNameCases, plainField, restOf, rewrittenOctetsMax, withRest } from "./field-undoings.ts";
import { change, type Change, type ChangeKind } from "./known-changes.ts";
import { displacedValues, missingFields } from "./displaced-fields.ts";
import type { Pace } from "./pace.ts";

/** The fields of one name that a signature signs, and what they may have been when it was made. */
export type FieldGroup = {
  lowerName: string;
  /** How often `h=` names it. */
  uses: number;
  /** The message's fields of this name from the bottom up: the order in which `h=` takes them (RFC 6376 §5.4.2). */
  fields: readonly HeaderField[];
};

/** Other fields in place of a group's, from the bottom up, and the change that this undoes. */
type Alternative = { change: Change; raws: readonly string[]; likely: boolean };

/** The same, canonicalized: as many as `h=` takes. */
export type CanonicalAlternative = { change: Change; pieces: readonly string[]; likely: boolean };

/** What the alternatives of a group are made from. */
export type HeaderContext = {
  canonicalization: CanonicalizationName;
  fields: readonly HeaderField[];
  /** The copies of `z=`. */
  copied: readonly HeaderField[];
  /** The fields of the first parts of a multipart: of a message that was wrapped they were the message's own. */
  partFields: readonly (readonly HeaderField[])[];
  canonical: (raw: string) => string;
};

/** Of several fields of one name, the ones at the bottom that are changed or left out in turn. */
const instancesMax = 3;

/**
 * Every known change of a group undone, the likeliest first. Those that look the same once canonicalized come once, under the
 * name that says most; what `z=` tells is likely, whatever its name.
 */
export async function* alternativesOf(
  group: FieldGroup,
  context: HeaderContext,
  pace: Pace,
): AsyncIterable<CanonicalAlternative> {
  const piecesOf = (raws: readonly string[]): string[] => raws.slice(0, group.uses).map(context.canonical);
  const seen = new Set([piecesOf(group.fields.map(({ raw }) => raw)).join("")]);
  const told = new Set([...asCopied(group, context)].map(({ raws }) => piecesOf(raws).join("")));
  await pace.worked(alternativeOctets);
  for (const { change, raws, likely } of allAlternatives(group, context)) {
    const pieces = piecesOf(raws);
    const text = pieces.join("");
    await pace.worked(alternativeOctets + fieldOctets * raws.length + text.length);
    if (seen.has(text)) continue;
    seen.add(text);
    yield { change, pieces, likely: likely || told.has(text) };
  }
}
/** What it costs to think of one, and each field of it. */
const alternativeOctets = 8 * 1024;
const fieldOctets = 16;

function* allAlternatives(group: FieldGroup, context: HeaderContext): Iterable<Alternative> {
  yield* displaced(group, context);
  yield* unwrapped(group, context);
  const instances = group.fields.slice(0, Math.min(group.uses, instancesMax)).filter(isShort);
  for (const { kind, names, only, undo } of fieldUndoings) {
    if (names?.includes(group.lowerName) === false || (only === "simple" && context.canonicalization === "relaxed"))
      continue;
    for (const field of instances)
      for (const rest of undo(restOf(field), field)) yield instead(group, field, kind, withRest(field, rest));
  }
  yield* asCopied(group, context);
  yield* leftOut(group);
  for (const [at, missing] of missingFields(group, context.fields).entries())
    yield withMissing(group, missing, group.fields.length === 0 && at < 2);
  if (group.fields.length > 1 && group.fields.length < 50) {
    const reversed = group.fields.map(({ raw }) => raw).reverse();
    yield { change: change("fields-reordered", { field: group.fields[0]!.name }), raws: reversed, likely: false };
  }
  if (context.canonicalization === "simple")
    for (const field of instances)
      for (const raw of otherNameCases(field)) yield instead(group, field, "name-case-changed", raw);
}

const isShort = ({ raw }: HeaderField): boolean => raw.length <= rewrittenOctetsMax;
const likelyKinds: readonly ChangeKind[] = [
  "subject-tagged",
  "re-encoded",
  "from-rewritten",
  "field-replaced",
  "content-type-rewritten",
];

function instead(group: FieldGroup, field: HeaderField, kind: ChangeKind, raw: string): Alternative {
  const shown =
    kind === "name-case-changed"
      ? { found: field.name, signed: raw.slice(0, field.name.length) }
      : { found: restOf(field), signed: restOf(headerField(raw)) };
  return {
    change: change(kind, { field: field.name, ...shown }),
    raws: group.fields.map((each) => (each === field ? raw : each.raw)),
    likely: likelyKinds.includes(kind),
  };
}

/** As `z=` has them. What kind of change it was, the other rules name better; this one knows the value. */
function* asCopied(group: FieldGroup, { copied }: HeaderContext): Iterable<Alternative> {
  const copies = copied.filter(({ lowerName }) => lowerName === group.lowerName);
  if (copied.length === 0) return;
  const found = group.fields.map(restOf).join(" | ");
  const field = group.fields[0]?.name ?? copies[0]?.name;
  if (copies.length === 0) {
    if (group.fields.length > 0) yield { change: change("field-added", { field, found }), raws: [], likely: true };
    return;
  }
  const kind = group.fields.length === 0 ? "field-removed" : "field-changed";
  const raws = copies.map(({ raw }) => raw);
  const spaced = copies.map((copy) => plainField(copy.name, trimFws(fieldValue(copy))).raw);
  const named = change(kind, { field, ...(found !== "" && { found }), signed: copies.map(restOf).join(" | ") });
  for (const order of [raws, spaced, raws.toReversed(), spaced.toReversed()])
    yield { change: named, raws: order, likely: true };
}

/** As another field has it, to which the value was moved. */
function* displaced(group: FieldGroup, { fields }: HeaderContext): Iterable<Alternative> {
  const [field] = group.fields;
  if (field === undefined || !isShort(field)) return;
  const kind = group.lowerName === "from" ? "from-rewritten" : "field-replaced";
  for (const value of displacedValues(field, fields)) yield instead(group, field, kind, withRest(field, value));
}

/** The MIME fields of a message that was wrapped in a new multipart stand in its first part. */
function* unwrapped(group: FieldGroup, { partFields }: HeaderContext): Iterable<Alternative> {
  if (!group.lowerName.startsWith("content-")) return;
  for (const fields of partFields) {
    const inside = fields.find(({ lowerName }) => lowerName === group.lowerName);
    if (inside === undefined) continue;
    const [field] = group.fields;
    const shown = { field: inside.name, signed: restOf(inside), ...(field !== undefined && { found: restOf(field) }) };
    yield { change: change("wrapped-in-multipart", shown), raws: [inside.raw], likely: true };
  }
}

/** Fields that are added on the way, as lists and mail servers do. */
const addedOften =
  /^(?:reply-to|sender|cc|mime-version|content-.*|message-id|date|list-.*|precedence|x-.*|errors-to|received|importance)$/;

/** With one field left out. A From alone is never left out: there was one. */
function* leftOut(group: FieldGroup): Iterable<Alternative> {
  const { fields, uses, lowerName } = group;
  if (lowerName === "from" && fields.length < 2) return;
  const likely = fields.length > 1 || uses > fields.length || addedOften.test(lowerName);
  const dropped = fields.length > instancesMax ? [...fields.slice(0, instancesMax), fields.at(-1)!] : fields;
  for (const field of dropped) {
    yield {
      change: change("field-added", { field: field.name, found: restOf(field) }),
      raws: fields.filter((each) => each !== field).map(({ raw }) => raw),
      likely,
    };
  }
}

function withMissing(group: FieldGroup, missing: HeaderField, likely: boolean): Alternative {
  const raws = group.fields.map(({ raw }) => raw);
  return {
    change: change("field-removed", { field: missing.name, signed: restOf(missing) }),
    raws: [missing.raw, ...raws],
    likely,
  };
}
