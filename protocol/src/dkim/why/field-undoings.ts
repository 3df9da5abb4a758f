import { fieldValue, headerField, type HeaderField } from "../../mail/header.ts";
import { isAscii, trimFws } from "../../mail/octets.ts";
import { decodeEncodedWords, encodeEncodedWords } from "./encoded-word.ts";
import type { ChangeKind } from "./known-changes.ts";

/** One way in which the value or the look of one field may have been changed, undone: the field's octets as they may have been. */
export type FieldUndoing = {
  kind: ChangeKind;
  /** Lower-case names that it concerns; absent: all. */
  names?: readonly string[];
  /** Only the simple canonicalization sees it; absent: both do. */
  only?: "simple";
  /** @param rest what stands behind the name and the colon, the final CRLF left out */
  undo: (rest: string, field: HeaderField) => Iterable<string>;
};

const addressFields = ["from", "to", "cc", "reply-to", "sender", "resent-from", "resent-to", "resent-cc"];
const contentFields = ["content-type", "content-disposition"];

/** A longer field is compared with its copy and left out, but not rewritten. */
export const rewrittenOctetsMax = 2048;

/** In the order in which they are tried. */
export const fieldUndoings: readonly FieldUndoing[] = [
  { kind: "subject-tagged", names: ["subject"], undo: untagged },
  { kind: "re-encoded", names: ["content-transfer-encoding"], undo: otherEncodings },
  { kind: "encoded-word-changed", undo: otherWords },
  { kind: "address-list-rewritten", names: addressFields, undo: otherAddressForms },
  { kind: "content-type-rewritten", names: contentFields, undo: otherParameterForms },
  { kind: "date-rewritten", names: ["date", "resent-date"], undo: otherDates },
  { kind: "white-space-changed", undo: otherWhiteSpace },
  { kind: "white-space-changed", only: "simple", undo: otherFolds },
  { kind: "white-space-changed", only: "simple", names: [...addressFields, "references"], undo: foldedLists },
];

/** The field with something else behind its colon. */
export const withRest = (field: HeaderField, rest: string): string =>
  `${field.raw.slice(0, field.raw.indexOf(":") + 1)}${rest}\r\n`;

/** What stands behind the colon, the final CRLF left out. */
export const restOf = (field: HeaderField): string => fieldValue(field).replace(/\r\n$/, "");

const tag = /^(?:\[[^\]\r\n]{1,64}\]|\*{2,5}[^*\r\n]{1,32}\*{2,5}|\{[^}\r\n]{1,32}\}|[A-Z][A-Z -]{2,20}:)[ \t\r\n]*/;
const reply = /^(?:re|aw|sv|antw|fwd?|wg)[ \t]*:[ \t\r\n]*/i;

/** `[list] text`, `Re: [list] text`, and with several tags. Lists also put the tag in front of the `Re:` of a reply. */
function* untagged(rest: string): Iterable<string> {
  yield* untaggedPlain(rest);
  const decoded = decodeEncodedWords(rest);
  if (decoded === undefined) return;
  for (const plain of untaggedPlain(decoded)) {
    const lead = plain.length - plain.trimStart().length;
    yield* encodeEncodedWords(plain.slice(lead)).map((words) => plain.slice(0, lead) + words);
  }
}

function* untaggedPlain(rest: string): Iterable<string> {
  const lead = /^[ \t\r\n]*/.exec(rest)![0];
  let text = rest.slice(lead.length);
  const answer = reply.exec(text)?.[0] ?? "";
  text = text.slice(answer.length);
  for (let tags = 0; tags < 3; tags++) {
    const found = tag.exec(text)?.[0];
    if (found === undefined) return;
    const withFolds = text.slice(found.trimEnd().length + 1);
    text = text.slice(found.length);
    yield lead + answer + text;
    if (withFolds !== text) yield lead + answer + withFolds;
    const moved = reply.exec(text)?.[0];
    if (answer === "" && moved !== undefined) yield lead + moved + found + text.slice(moved.length);
    if (answer === "") yield `${lead}Re: ${found}${text}`;
  }
}

function* otherEncodings(rest: string): Iterable<string> {
  const value = trimFws(rest).toLowerCase();
  for (const encoding of ["8bit", "7bit", "quoted-printable", "base64", "binary", "8BIT", "7BIT"])
    if (encoding !== value) yield ` ${encoding}`;
}

function* otherWords(rest: string): Iterable<string> {
  const lead = /^[ \t\r\n]*/.exec(rest)![0];
  const decoded = decodeEncodedWords(rest.slice(lead.length));
  if (decoded === undefined && isAscii(rest)) return;
  const phrase = /^(.*?)([ \t\r\n]*<[^<>\r\n]*>[ \t]*)$/s.exec(decoded ?? rest.slice(lead.length));
  const [text, address] = phrase === null ? [decoded ?? rest.slice(lead.length), ""] : [phrase[1]!, phrase[2]!];
  const unquoted = text.replace(/^"(.*)"$/s, "$1");
  for (const words of encodeEncodedWords(unquoted)) yield lead + words + address;
  if (address !== "") yield `${lead}"${unquoted}"${address}`;
}

/** The same addresses, written as programs write them: each form is applied to the whole list. */
function* otherAddressForms(rest: string): Iterable<string> {
  yield rest.replace(/,[ \t\r\n]+/g, ",");
  yield rest.replace(/,(?![ \t\r\n])/g, ", ");
  yield rest.replace(/"([^"\\\r\n]*)"(?=[ \t\r\n]*<)/g, "$1");
  yield rest.replace(/(^[ \t]*|,[ \t\r\n]*)([^"<,\s][^"<,\r\n]*?)(?=[ \t\r\n]*<)/g, '$1"$2"');
  yield rest.replace(/(^[ \t]*|,[ \t\r\n]*)<([^<>\s]+)>/g, "$1$2");
  yield rest.replace(/(^[ \t]*|,[ \t\r\n]*)([^\s<>,"]+@[^\s<>,"]+)(?=[ \t]*(?:,|$))/g, "$1<$2>");
  yield rest.replace(/(?<=\S)[ \t]+(?=<)/g, "");
  yield rest.replace(/(?<=[^\s,])<(?=[^\s<>]+@)/g, " <");
}

function* otherParameterForms(rest: string): Iterable<string> {
  yield rest.replace(/="([^"\s;()<>@,:\\/[\]?=]+)"/g, "=$1");
  yield rest.replace(/=([^"\s;]+)/g, '="$1"');
  yield rest.replace(/;[ \t\r\n]+/g, ";");
  yield rest.replace(/;(?![ \t\r\n])/g, "; ");
  yield rest.replace(/;[ \t\r\n]*$/, "");
  yield `${rest};`;
  for (const parameter of ["charset", "format", "delsp", "name"]) {
    yield rest.replace(new RegExp(`;[ \\t\\r\\n]*${parameter}=(?:"[^"]*"|[^";\\s]*)`, "i"), "");
  }
  yield rest.replace(/charset="?([^";\s]*)"?/i, (found, charset: string) =>
    found.replace(charset, charset.toLowerCase()),
  );
  yield rest.replace(/charset="?([^";\s]*)"?/i, (found, charset: string) =>
    found.replace(charset, charset.toUpperCase()),
  );
}

function* otherDates(rest: string): Iterable<string> {
  const bare = rest.replace(/[ \t]*\([^()]*\)[ \t]*$/, "");
  const forms = [bare, `${bare} (UTC)`, `${bare} (GMT)`];
  for (const [from, to] of [
    [/[+-]0000$/, "GMT"],
    [/[+-]0000$/, "UT"],
    [/\+0000$/, "-0000"],
    [/-0000$/, "+0000"],
    [/(?:GMT|UTC?|Z)$/, "+0000"],
    [/(?:GMT|UTC?|Z)$/, "-0000"],
    [/(^|[ ,])0(\d )/, "$1$2"],
    [/(^|[ ,])(\d [A-Z])/, "$10$2"],
    [/(^|[ ,])(\d [A-Z])/, "$1 $2"],
    [/^([ \t]*)[A-Z][a-z]{2},[ \t]*/, "$1"],
  ] as const)
    forms.push(bare.replace(from, to));
  yield* forms;
}

/** White space that relaxed sees too: put in or lost where there was none, mostly by a fold inside a word. */
function* otherWhiteSpace(rest: string): Iterable<string> {
  yield rest.replace(/\r\n[ \t]+/g, "");
  yield rest.replace(/\r\n[ \t]/g, "");
  yield rest.replace(/([,;:])[ \t\r\n]+/g, "$1");
  yield rest.replace(/[ \t\r\n]+/g, "");
}

function* otherFolds(rest: string): Iterable<string> {
  const unfolded = rest.replaceAll("\r\n", "");
  const single = unfolded.replace(/[ \t]+/g, " ");
  yield unfolded;
  yield single;
  yield rest.trimEnd();
  yield ` ${trimFws(single)}`;
  yield trimFws(single);
  yield ` ${trimFws(rest)}`;
  yield trimFws(rest);
  yield rest.replace(/\r\n[ \t]+/g, " ");
  yield rest.replace(/\r\n[ \t]+/g, "\r\n\t");
  yield rest.replace(/\r\n[ \t]+/g, "\r\n ");
  yield rest.replace(/\r\n[ \t]+/g, "\r\n        ");
  yield `\r\n ${trimFws(rest)}`;
}

function* foldedLists(rest: string, field: HeaderField): Iterable<string> {
  const single = ` ${trimFws(rest.replaceAll("\r\n", "").replace(/[ \t]+/g, " "))}`;
  const separator = field.lowerName === "references" ? /> /g : /, /g;
  const before = field.lowerName === "references" ? ">" : ",";
  for (const fold of ["\r\n ", "\r\n\t", "\r\n  ", "\r\n    ", "\r\n        "])
    yield single.replace(separator, before + fold);
}

/** Names as programs write them, for the simple canonicalization. */
export function otherNameCases(field: HeaderField): string[] {
  const title = field.lowerName.replace(
    /(^|-)([a-z])/g,
    (_, dash: string, letter: string) => dash + letter.toUpperCase(),
  );
  const names = [
    title,
    title.replace(/-Id$/, "-ID").replace(/^Mime-/, "MIME-"),
    title.replace("Dkim-", "DKIM-"),
    field.lowerName,
    field.lowerName.toUpperCase(),
  ];
  return [...new Set(names)]
    .filter((name) => name !== field.name)
    .map((name) => name + field.raw.slice(field.name.length));
}

/** A field of this name and value, written the usual way. */
export const plainField = (name: string, value: string): HeaderField => headerField(`${name}: ${value}\r\n`);
