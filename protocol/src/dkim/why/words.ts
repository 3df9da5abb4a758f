import { decodeUtf8 } from "../../mail/octets.ts";
import type { Explanation } from "./explain.ts";
import { knownChanges, type Change } from "./known-changes.ts";

/** An explanation as sentences for people, one a line, the conclusion first. Strangers' octets in it are safe to print. */
export function explanationLines(explanation: Explanation): string[] {
  const { changes, copiesDiffer, searched } = explanation;
  const lines = [conclusion(explanation)];
  for (const change of changes) lines.push(...changeLines(change));
  if (copiesDiffer.length > 0) {
    const names = copiesDiffer.map((name) => quoted(name)).join(", ");
    lines.push(`the signer's own copies of the fields (z=) differ from the message in: ${names}`);
  }
  const unexplained = changes.length === 0 || (explanation.body === "changed" && !changes.some(isOfBody));
  if (unexplained) lines.push(unnamed[searched]);
  return lines;
}

const unnamed: Record<Explanation["searched"], string> = {
  all: "it was changed in a way that is not among the known ones; with the message as it was sent, --sent FILE shows the difference",
  partly:
    "the known changes that were tried do not explain it; the search was ended before all were tried, to spare time",
  no: "it is too large, or one signature of too many, to be searched for the known changes",
};

const isOfBody = ({ field, kind }: Change): boolean => field === undefined && kind !== "other-key";

/** What is certain, whatever was found. */
function conclusion({ body, header, madeByKey }: Explanation): string {
  if (madeByKey === "no") {
    return body === "intact"
      ? "the body is as it was signed; the signature was not made with the published key"
      : "the body was changed, and the signature was not made with the published key";
  }
  const made = madeByKey === "yes" ? "the published key made this signature; " : "";
  if (header === "intact")
    return `${made}only the body was changed after that: the signed header fields are as they were`;
  if (header === "changed") {
    return body === "intact"
      ? `${made}only the header was changed after that: the body is as it was`
      : `${made}both header and body were changed after that`;
  }
  return body === "intact"
    ? "the body is as it was signed; the header was changed, or another key made the signature"
    : "the body was changed; whether the header was too cannot be told";
}

/** What happened, how it looks, who does that and what helps. */
function changeLines({ kind, field, line, found, signed }: Change): string[] {
  const { what, who, cure } = knownChanges[kind];
  const where = field !== undefined ? `${quoted(field, "")}: ` : line !== undefined ? `body, line ${line}: ` : "";
  const shown = [
    found !== undefined && found !== "" && `now ${quoted(found)}`,
    signed !== undefined && `signed ${quoted(signed)}`,
  ].filter(Boolean);
  return [
    `${where}${what}${shown.length > 0 ? `: ${shown.join(", ")}` : ""}`,
    `  who does this: ${who}`,
    `  what helps: ${cure}`,
  ];
}

/** Octet text as people read it: UTF-8 where it is, controls and characters that turn the writing shown as escapes. */
export function quoted(octets: string, mark = '"'): string {
  const text = decodeUtf8(octets) ?? octets;
  const safe = text.replace(
    /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g,
    (character) => escapes[character] ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  return `${mark}${safe}${mark}`;
}
const escapes: Record<string, string> = { "\r": "\\r", "\n": "\\n", "\t": "\\t" };
