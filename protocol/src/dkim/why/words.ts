import { decodeUtf8 } from "../../mail/octets.ts";
import type { Explanation } from "./explain.ts";
import { knownChanges, type Change, type ChangeKind } from "./known-changes.ts";

/** An explanation as sentences for people, one a line, the conclusion first. Strangers' octets in it are safe to print. */
export function explanationLines(explanation: Explanation): string[] {
  const { changes, copiesDiffer, searched } = explanation;
  const lines = [conclusion(explanation)];
  for (const change of changes) lines.push(...changeLines(change));
  if (copiesDiffer.length > 0) {
    const names = copiesDiffer.map((name) => quoted(name)).join(", ");
    lines.push(`the signer's own copies of the fields (z=) differ from the message in: ${names}`);
  }
  const unexplained = unexplainedPart(explanation);
  if (unexplained !== undefined) lines.push(`${unexplained} ${unnamed[searched]}`);
  return lines;
}

const unnamed: Record<Explanation["searched"], string> = {
  all: "was changed in a way that is not among the known ones; a comparison with the message as it was sent shows the difference (verify --sent)",
  partly:
    "was changed, and the known changes that were tried do not explain it; the search was ended early to spare time",
  no: "was not searched for the known changes: it is too large, or there are too many signatures",
};

/** What was changed, or may have been, and no change found explains. */
function unexplainedPart({ body, header, madeByKey, changes, searched }: Explanation): string | undefined {
  const bodyLeft = body !== "intact" && !changes.some(({ field, kind }) => field === undefined && kind !== "other-key");
  const headerNamed = changes.some(({ field }) => field !== undefined);
  const headerLeft = header === "changed" && !headerNamed;
  const either =
    body === "intact" && header === "unknown" && !headerNamed && madeByKey === "unknown" && searched !== "no";
  if (bodyLeft) return headerLeft ? "the message" : "the body";
  return headerLeft ? "the header" : either ? "the header, unless another key signed," : undefined;
}

/** Changes that are none: the message is as it was when it was signed, and was signed wrongly. */
const mistakes: readonly ChangeKind[] = ["signed-without-body", "canonicalization-mislabelled", "signer-mistake"];

/** What is certain, whatever was found. */
function conclusion(explanation: Explanation): string {
  const { body, header, madeByKey, changes } = explanation;
  const mistaken = changes.length > 0 && changes.every(({ kind }) => mistakes.includes(kind));
  if (mistaken && unexplainedPart(explanation) === undefined)
    return "nothing shows that the message was changed on the way: the signer made a mistake";
  const changed = body === "shortened" ? "shortened (l= says more octets than there are)" : "changed";
  if (madeByKey === "no") {
    return body === "intact"
      ? "the body is as it was signed; the signature was not made with the published key"
      : `the body was ${changed}, and the signature was not made with the published key`;
  }
  const made = madeByKey === "yes" ? "the published key made this signature; " : "";
  if (header === "intact")
    return `${made}only the body was ${changed} after that: the signed header fields are as they were`;
  if (header === "changed") {
    return body === "intact"
      ? `${made}only the header was changed after that: the body is as it was`
      : `${made}the header was changed after that, and the body was ${changed}`;
  }
  if (madeByKey === "yes") return `${made}whether header or body were changed cannot be told`;
  return body === "intact"
    ? "the body is as it was signed; the header was changed, or another key made the signature"
    : `the body was ${changed}; whether the header was changed too cannot be told`;
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
