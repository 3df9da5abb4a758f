import type { HeaderField } from "../../mail/header.ts";
import { nextTurn } from "../../mail/next-turn.ts";
import { canonicalizeField, type CanonicalizationName } from "../hash/canonicalize-header.ts";
import { copiedFields } from "./copied-fields.ts";
import { alternativesOf, type FieldGroup } from "./header-alternatives.ts";
import { change, type Change } from "./known-changes.ts";
import { signatureFieldForms, type SignedHeader } from "./signature-forms.ts";
import type { Trial } from "./trial.ts";

/**
 * The header as it is verifies; or it does with these changes undone; or (none) with no known one. `all`: each known change was
 * tried by itself; in company they are tried for as long as the budget lasts.
 */
export type HeaderFinding = { state: "intact" } | { state: "changed"; changes: Change[]; searched: "all" | "partly" };

/** Alternatives of one signature, in all; a header with more signed fields than that is searched in part. */
const optionsMax = 600;
/** After so many tries others have their turn. */
const turnTries = 100;
/** How many changes at once are looked for among the likely ones. */
const depthMax = 5;

/** One thing that may stand in the place of a part of the hash input, as canonical pieces: one for each use in `h=`. */
type Option = { part: number; change: Change; pieces: readonly string[]; likely: boolean };

/**
 * Looks for the known changes of the header that, undone, make the signature verify: first none, then one, then several of the
 * likely ones together, then any two. The trial's budget is the bound.
 */
export async function findHeaderChanges(header: SignedHeader, trial: Trial): Promise<HeaderFinding> {
  const { headerCanonicalization } = header.signature;
  const groups = groupsOf(header);
  const input = new HashInput(header, groups, headerCanonicalization);
  if (trial.fits(input.text([]))) return { state: "intact" };
  const other = headerCanonicalization === "simple" ? "relaxed" : "simple";
  if (trial.fits(new HashInput(header, groups, other).text([]))) {
    const mislabelled = change("canonicalization-mislabelled", { field: header.itself.name });
    return { state: "changed", changes: [mislabelled], searched: "all" };
  }
  const { options, complete } = optionsOf(header, groups, input);
  let tries = 0;
  for (const chosen of combinations(options)) {
    if (trial.left <= 0) break;
    if (++tries % turnTries === 0) await nextTurn();
    if (trial.fits(input.text(chosen)))
      return { state: "changed", changes: chosen.map((option) => option.change), searched: "all" };
  }
  return { state: "changed", changes: [], searched: complete && tries >= options.length ? "all" : "partly" };
}

/** `itself` is undefined where the signature does not stand in the header. */
type SignatureInHeader = Pick<SignedHeader, "index" | "signature"> & { itself: HeaderField | undefined };

/** The signed fields by name, in the order of `h=`. */
export function groupsOf({ index, itself, signature }: SignatureInHeader): FieldGroup[] {
  const uses = new Map<string, number>();
  for (const name of signature.signedFields) uses.set(name, (uses.get(name) ?? 0) + 1);
  return [...uses].map(([lowerName, times]) => ({
    lowerName,
    uses: times,
    fields: (index.get(lowerName) ?? []).filter((field) => field !== itself).toReversed(),
  }));
}

/** Builds hash inputs (RFC 6376 §3.7) in which some parts are replaced. The last part is the DKIM-Signature field. */
class HashInput {
  readonly canonicalization: CanonicalizationName;
  readonly #order: readonly { part: number; use: number }[];
  readonly #pieces: readonly (readonly string[])[];

  constructor({ signature }: SignedHeader, groups: readonly FieldGroup[], canonicalization: CanonicalizationName) {
    this.canonicalization = canonicalization;
    const parts = new Map(groups.map(({ lowerName }, part) => [lowerName, { part, next: 0 }]));
    const inOrder = signature.signedFields.map((name) => {
      const group = parts.get(name)!;
      return { part: group.part, use: group.next++ };
    });
    this.#order = [...inOrder, { part: groups.length, use: 0 }];
    const own = canonicalizeField(signature.unsigned, canonicalization).slice(0, -2);
    this.#pieces = [...groups.map(({ fields }) => this.pieces(fields.map(({ raw }) => raw))), [own]];
  }

  pieces(raws: readonly string[]): string[] {
    return raws.map((raw) => canonicalizeField(raw, this.canonicalization));
  }

  text(options: readonly Option[]): string {
    const pieces = [...this.#pieces];
    for (const option of options) pieces[option.part] = option.pieces;
    let text = "";
    for (const { part, use } of this.#order) text += pieces[part]![use] ?? "";
    return text;
  }
}

function optionsOf(
  header: SignedHeader,
  groups: readonly FieldGroup[],
  input: HashInput,
): { options: Option[]; complete: boolean } {
  const { fields, itself, signature } = header;
  const options: Option[] = [];
  for (const { change, text } of signatureFieldForms(header)) {
    options.push({ part: groups.length, change, pieces: [text], likely: false });
  }
  const context = {
    canonicalization: signature.headerCanonicalization,
    fields: fields.slice(0, contextFieldsMax),
    copied: copiedFields(itself.raw),
    partFields: header.partFields,
  };
  for (const [part, group] of groups.entries()) {
    for (const { change, raws, likely } of alternativesOf(group, context)) {
      if (options.length >= optionsMax) return { options, complete: false };
      options.push({ part, change, pieces: input.pieces(raws.slice(0, group.uses)), likely });
    }
  }
  return { options, complete: true };
}
const contextFieldsMax = 500;

/** Sets of options of different parts, the likelier sets first. */
function* combinations(options: readonly Option[]): Iterable<readonly Option[]> {
  const likely = options.filter((option) => option.likely);
  for (const option of likely) yield [option];
  for (const option of options) if (!option.likely) yield [option];
  for (let size = 2; size <= depthMax; size++) yield* setsOf(likely, size);
  yield* setsOf(options, 2);
}

function* setsOf(
  options: readonly Option[],
  size: number,
  from = 0,
  chosen: readonly Option[] = [],
): Iterable<Option[]> {
  for (let at = from; at < options.length; at++) {
    const option = options[at]!;
    if (chosen.some(({ part }) => part === option.part)) continue;
    const more = [...chosen, option];
    if (more.length === size) yield more;
    else yield* setsOf(options, size, at + 1, more);
  }
}
