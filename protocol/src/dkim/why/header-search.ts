import type { HeaderField } from "../../mail/header.ts";
import { canonicalizeField, type CanonicalizationName } from "../hash/canonicalize-header.ts";
import type { Signature } from "../signature/signature.ts";
import { canonicalFields } from "./canonical-fields.ts";
import { copiedFields } from "./copied-fields.ts";
import { alternativesOf, type FieldGroup } from "./header-alternatives.ts";
import { change, type Change } from "./known-changes.ts";
import type { Pace } from "./pace.ts";
import { signatureFieldForms, type SignedHeader } from "./signature-forms.ts";
import type { Trial } from "./trial.ts";

/**
 * The header as it is verifies; or it does with these changes undone; or (none) with no known one. `all`: each known change was
 * tried by itself; in company they are tried for as long as the budget lasts.
 */
export type HeaderFinding = { state: "intact" } | { state: "changed"; changes: Change[]; searched: "all" | "partly" };

/** Alternatives of one signature, in all; a header with more signed fields than that is searched in part. */
const optionsMax = 600;
/** What a try costs besides the octets that it hashes: with Ed25519 it is a whole verification. */
const tryOctets = 8 * 1024;
/** How many changes at once are looked for among the likely ones. */
const depthMax = 5;

/** One thing that may stand in the place of a part of the hash input, as canonical pieces: one for each use in `h=`. */
type Option = { part: number; change: Change; pieces: readonly string[]; likely: boolean };

/**
 * Looks for the known changes of the header that, undone, make the signature verify: first none, then one, then several of the
 * likely ones together, then any two. The trial's budget is the bound.
 */
export async function findHeaderChanges(header: SignedHeader, trial: Trial, pace: Pace): Promise<HeaderFinding> {
  const { headerCanonicalization } = header.signature;
  const groups = groupsOf(header);
  const fits = async (input: HashInput, chosen: readonly Option[]): Promise<boolean> => {
    const text = input.text(chosen);
    await pace.worked(tryOctets + text.length + header.signature.signedFields.length);
    return trial.fits(text);
  };
  const input = await HashInput.of(header.signature, groups, headerCanonicalization, pace);
  if (await fits(input, [])) return { state: "intact" };
  const other = headerCanonicalization === "simple" ? "relaxed" : "simple";
  if (await fits(await HashInput.of(header.signature, groups, other, pace), [])) {
    const mislabelled = change("canonicalization-mislabelled", { field: header.itself.name });
    return { state: "changed", changes: [mislabelled], searched: "all" };
  }
  const { options, complete } = await optionsOf(header, groups, input, pace);
  let tries = 0;
  for (const chosen of combinations(options)) {
    if (trial.left <= 0) break;
    tries++;
    if (await fits(input, chosen))
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
export class HashInput {
  readonly #order: readonly { part: number; use: number }[];
  readonly #pieces: readonly (readonly string[])[];
  readonly #canonicalization: CanonicalizationName;
  readonly #canonical = new Map<string, string>();

  static async of(
    signature: Signature,
    groups: readonly FieldGroup[],
    canonicalization: CanonicalizationName,
    pace: Pace,
  ): Promise<HashInput> {
    const pieces: string[][] = [];
    for (const { fields } of groups) {
      pieces.push(await canonicalFields(fields, canonicalization, pace));
      await pace.worked(groupOctets);
    }
    return new HashInput(signature, groups, canonicalization, pieces);
  }

  private constructor(
    { signedFields, unsigned }: Signature,
    groups: readonly FieldGroup[],
    canonicalization: CanonicalizationName,
    pieces: readonly string[][],
  ) {
    this.#canonicalization = canonicalization;
    const parts = new Map(groups.map(({ lowerName }, part) => [lowerName, { part, next: 0 }]));
    const inOrder = signedFields.map((name) => {
      const group = parts.get(name)!;
      return { part: group.part, use: group.next++ };
    });
    this.#order = [...inOrder, { part: groups.length, use: 0 }];
    this.#pieces = [...pieces, [canonicalizeField(unsigned, canonicalization).slice(0, -2)]];
    for (const [part, { fields }] of groups.entries())
      for (const [at, { raw }] of fields.entries()) this.#canonical.set(raw, pieces[part]![at]!);
  }

  /** A field as it is hashed; those of the message are known. */
  canonical = (raw: string): string => this.#canonical.get(raw) ?? canonicalizeField(raw, this.#canonicalization);

  text(options: readonly Option[]): string {
    const pieces = [...this.#pieces];
    for (const option of options) pieces[option.part] = option.pieces;
    let text = "";
    for (const { part, use } of this.#order) text += pieces[part]![use] ?? "";
    return text;
  }
}

/** What a name of `h=` costs, also where the message has no such field. */
const groupOctets = 128;

async function optionsOf(
  header: SignedHeader,
  groups: readonly FieldGroup[],
  input: HashInput,
  pace: Pace,
): Promise<{ options: Option[]; complete: boolean }> {
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
    canonical: input.canonical,
  };
  for (const [part, group] of groups.entries()) {
    for await (const { change, pieces, likely } of alternativesOf(group, context, pace)) {
      if (options.length >= optionsMax) return { options, complete: false };
      options.push({ part, change, pieces, likely });
    }
  }
  return { options, complete: true };
}
const contextFieldsMax = 500;

/** Sets of options of different parts, the likelier sets first. Options of one part stand together. */
function* combinations(options: readonly Option[]): Iterable<readonly Option[]> {
  const likely = options.filter((option) => option.likely);
  for (const option of likely) yield [option];
  for (const option of options) if (!option.likely) yield [option];
  for (let size = 2; size <= depthMax; size++) yield* setsOf(byPart(likely), size);
  yield* setsOf(byPart(options), 2);
}

function byPart(options: readonly Option[]): readonly (readonly Option[])[] {
  const parts = new Map<number, Option[]>();
  for (const option of options) {
    const same = parts.get(option.part);
    if (same === undefined) parts.set(option.part, [option]);
    else same.push(option);
  }
  return [...parts.values()];
}

/** Goes only where there are enough parts left, so that the next set is never far. */
function* setsOf(
  parts: readonly (readonly Option[])[],
  size: number,
  from = 0,
  chosen: readonly Option[] = [],
): Iterable<readonly Option[]> {
  if (chosen.length === size) yield chosen;
  else
    for (let at = from; at <= parts.length - (size - chosen.length); at++)
      for (const option of parts[at]!) yield* setsOf(parts, size, at + 1, [...chosen, option]);
}
