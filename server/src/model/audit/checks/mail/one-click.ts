import { type AuditFinding, type Check, doesNotApply, needsEvidence, outcomeOf } from "../../check.ts";
import type { AuditEvidence } from "../../evidence.ts";
import type { SeenMessage } from "../../evidence/mail.ts";
import { counted, messageLines } from "./mail-lines.ts";

const bulkOf = ({ mail }: AuditEvidence): SeenMessage[] => (mail?.messages ?? []).filter(({ bulk }) => bulk);

/** UNS-01: exactly one HTTPS address, and List-Unsubscribe-Post saying exactly what it has to (RFC 8058 §3.1). */
export const offersOneClick = ({ unsubscribe }: SeenMessage): boolean =>
  unsubscribe.uris?.https === 1 && unsubscribe.oneClick === true;

/** UNS-02: both fields are signed by a signature that passes, whoever's it is (RFC 8058 §4). */
const signsOneClick = ({ signatures }: SeenMessage): boolean =>
  signatures.some(
    ({ standing, signedFields }) =>
      standing === "pass" &&
      signedFields.includes("list-unsubscribe") &&
      signedFields.includes("list-unsubscribe-post"),
  );

const isSignedAtAll = ({ signatures }: SeenMessage): boolean => signatures.some(({ standing }) => standing === "pass");

/** Bulk mail is asked for it by Gmail and Yahoo. Only mail that says of itself that it is bulk is looked at. */
export const oneClick: Check = {
  name: "one-click",
  title: "Bulk mail offers to unsubscribe with one click, and signs the offer",
  codes: ["OneClickMissing", "OneClickUnsigned"],
  look: (evidence) => {
    if (evidence.mail === undefined) return needsEvidence("messages as a receiver has them (--mail FILE)");
    const bulk = bulkOf(evidence);
    if (bulk.length === 0) return doesNotApply;
    const missing = bulk.filter((message) => !offersOneClick(message));
    const unsigned = bulk.filter(
      (message) => offersOneClick(message) && isSignedAtAll(message) && !signsOneClick(message),
    );
    return outcomeOf([...byAuthor(missing, missingFinding), ...byAuthor(unsigned, unsignedFinding)]);
  },
};

function byAuthor(
  messages: readonly SeenMessage[],
  findingOf: (authorDomain: string, messages: readonly SeenMessage[]) => AuditFinding,
): AuditFinding[] {
  const authors = new Set(messages.map(({ authorDomain }) => authorDomain));
  return [...authors].map((author) =>
    findingOf(
      author,
      messages.filter(({ authorDomain }) => authorDomain === author),
    ),
  );
}

const missingFinding = (authorDomain: string, messages: readonly SeenMessage[]): AuditFinding => ({
  code: "OneClickMissing",
  severity: "low",
  subject: authorDomain,
  summary: `${counted(messages.length, "bulk message")} From ${authorDomain} cannot be unsubscribed from with one click`,
  evidence: messageLines(messages, problemOf),
  remedy:
    "send List-Unsubscribe with exactly one https address, and List-Unsubscribe-Post: List-Unsubscribe=One-Click; Gmail and Yahoo ask it of marketing mail",
  commands: [],
});

function problemOf({ unsubscribe: { uris, oneClick: post } }: SeenMessage): string {
  if (uris === undefined) return "no List-Unsubscribe";
  if (uris.https !== 1) return `List-Unsubscribe has ${counted(uris.https, "https address", "https addresses")}`;
  return post === undefined
    ? "no List-Unsubscribe-Post"
    : "List-Unsubscribe-Post does not say List-Unsubscribe=One-Click";
}

const unsignedFinding = (authorDomain: string, messages: readonly SeenMessage[]): AuditFinding => ({
  code: "OneClickUnsigned",
  severity: "medium",
  subject: authorDomain,
  summary: `${counted(messages.length, "bulk message")} From ${authorDomain} with an offer to unsubscribe that is not signed`,
  evidence: messageLines(messages, ({ signatures }) =>
    signatures.map(({ signingDomain, signedFields }) => `d=${signingDomain} h=${signedFields.join(":")}`).join("; "),
  ),
  remedy: "have List-Unsubscribe and List-Unsubscribe-Post signed (h=): receivers do not act on them otherwise",
  commands: [],
});
