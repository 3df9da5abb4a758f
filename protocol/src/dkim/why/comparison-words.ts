import type { BodyDifference, FieldDifference, SentComparison, SignatureComparison } from "./compare-sent.ts";
import { knownChanges } from "./known-changes.ts";
import { quoted } from "./words.ts";

/** A comparison as lines for people: first what broke which signature, then every difference. Safe to print. */
export function comparisonLines(comparison: SentComparison): string[] {
  const { fields, body, signatures } = comparison;
  const lines = signatures.map((signature) => signatureLine(signature));
  if (fields.length === 0 && body === undefined) lines.push("nothing differs: the messages are the same octets");
  for (const field of fields) lines.push(fieldLine(field, signatures));
  if (body !== undefined) lines.push(...bodyLines(body, signatures));
  return lines;
}

const nameOf = ({ signingDomain, selector }: SignatureComparison): string =>
  `d=${quoted(signingDomain, "")} s=${quoted(selector, "")}`;

function signatureLine(signature: SignatureComparison): string {
  const { carriedWhenSent, sentBody, sentHeader, breakingFields, bodyBreaks } = signature;
  const origin = carriedWhenSent
    ? "the message as sent carries this signature"
    : "this signature is not in the message as sent";
  const fits =
    sentBody === "differs"
      ? "the body as sent is not the one that was signed: it was changed between the file and the signer"
      : sentHeader === "differs"
        ? "the fields as sent are not those that were signed, or another key signed"
        : sentHeader === "fits"
          ? "it verifies over the message as sent"
          : "it fits the body as sent; its header could not be checked, for want of a key";
  const broken = [...breakingFields.map((name) => quoted(name, "")), ...(bodyBreaks ? ["the body"] : [])];
  const verdict =
    broken.length === 0 ? "no difference touches what it signs" : `what it signs differs in: ${broken.join(", ")}`;
  return `${nameOf(signature)}: ${origin}; ${fits}; ${verdict}`;
}

function fieldLine(
  { name, difference, kind, sent, received }: FieldDifference,
  signatures: readonly SignatureComparison[],
): string {
  const breaks = signatures.filter(({ breakingFields }) => breakingFields.includes(name.toLowerCase()));
  const shown = [sent !== undefined && `sent ${quoted(sent)}`, received !== undefined && `received ${quoted(received)}`]
    .filter(Boolean)
    .join(", ");
  const what = kind === undefined ? "" : ` (${knownChanges[kind].what})`;
  return `${quoted(name, "")}: ${difference}${what}: ${shown}: ${consequence(breaks)}`;
}

function bodyLines(
  { extent, changes, line, sent, received }: BodyDifference,
  signatures: readonly SignatureComparison[],
): string[] {
  const words = {
    "empty-lines-at-end": "only the empty lines at the end differ",
    "white-space": "only white space at line ends and between words differs",
    content: "the content differs",
  };
  const at = [
    sent === undefined ? "sent: nothing, the body ends before" : `sent ${quoted(sent)}`,
    received === undefined ? "received: nothing, the body ends before" : `received ${quoted(received)}`,
  ].join(", ");
  const breaks = signatures.filter(({ bodyBreaks }) => bodyBreaks);
  return [
    `body: ${words[extent]}, first in line ${line}: ${at}: ${consequence(breaks)}`,
    ...changes.map(({ kind, line }) => `body${line === undefined ? "" : `, line ${line}`}: ${knownChanges[kind].what}`),
  ];
}

const consequence = (breaks: readonly SignatureComparison[]): string =>
  breaks.length === 0 ? "harmless to the signatures" : `breaks ${breaks.map(nameOf).join(", ")}`;
