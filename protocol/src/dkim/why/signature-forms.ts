import { headerField, type HeaderField } from "../../mail/header.ts";
import { canonicalizeField } from "../hash/canonicalize-header.ts";
import type { FieldIndex } from "../hash/header-hash.ts";
import type { Signature } from "../signature/signature.ts";
import { fieldUndoings, otherNameCases, restOf, withRest } from "./field-undoings.ts";
import { change, type Change } from "./known-changes.ts";

/** A signature with the header it stands in. */
export type SignedHeader = {
  fields: readonly HeaderField[];
  index: FieldIndex;
  /** The DKIM-Signature field. */
  itself: HeaderField;
  signature: Signature;
  /** The fields of the first parts of a multipart body. */
  partFields: readonly (readonly HeaderField[])[];
};

/**
 * The DKIM-Signature field as it may have been when it was signed: its canonical text, `b=` emptied, as the end of the hash
 * input. Those that are the same as what stands there are left out.
 */
export function signatureFieldForms(header: SignedHeader): { change: Change; text: string }[] {
  const { headerCanonicalization } = header.signature;
  const { unsigned } = header.signature;
  const canonical = (raw: string): string => canonicalizeField(raw, headerCanonicalization).slice(0, -2);
  const forms: { change: Change; text: string }[] = [];
  const seen = new Set([canonical(unsigned)]);
  const add = (
    kind: "signature-field-rewritten" | "signer-mistake",
    text: string,
    found: string,
    signed: string,
  ): void => {
    if (seen.has(text)) return;
    seen.add(text);
    forms.push({ change: change(kind, { field: header.itself.name, found, signed }), text });
  };
  for (const raw of rewritten(header))
    add("signature-field-rewritten", canonical(raw), restOf(headerField(unsigned)), restOf(headerField(raw)));
  add("signer-mistake", `${canonical(unsigned)}\r\n`, "", "a line end behind the field");
  const withoutTag = unsigned.replace(/;[ \t\r\n]*b[ \t\r\n]*=(?=;|[ \t\r\n]*$)/, "");
  add("signer-mistake", canonical(withoutTag), "b=", "no b= tag at all");
  return forms;
}

function* rewritten({ fields, signature }: SignedHeader): Iterable<string> {
  const { unsigned, headerCanonicalization } = signature;
  if (unsigned.length > rewrittenOctetsMax) return;
  const field = headerField(unsigned.endsWith("\r\n") ? unsigned : `${unsigned}\r\n`);
  const rest = restOf(field);
  // White space inside h= is seen by both canonicalizations, and so are the letters of its names.
  const listed = (change: (list: string) => string): string =>
    withRest(
      field,
      rest.replace(/([;\s]h[ \t\r\n]*=)([^;]*)/, (_, name: string, list: string) => name + change(list)),
    );
  const written = new Map(fields.slice(0, fieldsMax).map(({ name, lowerName }) => [lowerName, name]));
  yield listed((list) => list.replace(/[ \t\r\n]+/g, ""));
  yield listed((list) => list.toLowerCase());
  yield listed((list) => list.toLowerCase().replace(/[ \t\r\n]+/g, ""));
  yield listed((list) => list.replace(/[^:\s]+/g, (name) => written.get(name.toLowerCase()) ?? name));
  yield listed((list) => list.replace(/[ \t\r\n]*:[ \t\r\n]*/g, ": "));
  yield listed((list) => list.replace(/[ \t\r\n]*:[ \t\r\n]*/g, " : "));
  yield withRest(field, rest.replace(/\r\n[ \t]+/g, ""));
  yield withRest(field, rest.replace(/;[ \t\r\n]*/g, "; "));
  yield withRest(field, rest.replace(/;[ \t\r\n]*/g, ";"));
  yield withRest(field, rest.replace(/;[ \t\r\n]*$/, ""));
  yield withRest(field, `${rest};`);
  if (headerCanonicalization === "relaxed") return;
  for (const { only, names, undo } of fieldUndoings)
    if (only === "simple" && names === undefined) for (const other of undo(rest, field)) yield withRest(field, other);
  for (const fold of ["\r\n ", "\r\n\t", "\r\n  ", "\r\n        "])
    yield withRest(field, rest.replace(/;[ \t\r\n]+/g, `;${fold}`));
  yield* otherNameCases(field);
}
const rewrittenOctetsMax = 8192;
const fieldsMax = 500;
