import type { PeerName } from "./dkim-peers/peer.ts";
import type { Case, Outcome } from "./matrix.ts";
import { nameOf } from "./ugly/message.ts";

/** A class of messages on which a peer and we come to different verdicts, and why. The rows of docs/interop.md. */
export type Disagreement = {
  peer: PeerName;
  side: "verifies" | "signs";
  /** The messages, in words and as a test. For these, and no others, the verdict is another than the expected one. */
  what: string;
  when: (whole: Case) => boolean;
  /** What the peer says of our signature; what we say of its signature; `refused` when it makes none. */
  verdict: Outcome["answer"]["verdict"];
  clause: string;
  why: string;
};

const unended = ({ message: { body } }: Case): boolean => body !== "" && !body.endsWith("\r\n");
const blankAtVeryEnd = ({ message: { body } }: Case): boolean => /[ \t]$/.test(body);
const relaxedBody = ({ message }: Case): boolean => message.bodyRule === "relaxed";
const simpleBody = ({ message }: Case): boolean => message.bodyRule === "simple";
const blankBeforeColon = ({ message }: Case): boolean => message.fields.some((field) => /^[^:]*[ \t]:/.test(field));
const becameLf = ({ change }: Case): boolean => change === "CRLF in the body turned into LF";
const loneLf = (text: string): boolean => /(?<!\r)\n/.test(text);
const loneCr = ({ message }: Case): boolean => /\r(?!\n)/.test(message.body);
const tabBeforeColon = ({ message }: Case): boolean => message.fields.some((field) => /^[^:]*\t[^:]*:/.test(field));

const signedField = ({ message }: Case, pattern: RegExp): boolean =>
  message.fields.some((field) => message.signedNames.includes(nameOf(field)) && pattern.test(field));
/** The same in a header that is canonicalized so. */
const relaxedField = (whole: Case, pattern: RegExp): boolean => whole.message.header === "relaxed" && signedField(whole, pattern);

export const disagreements: readonly Disagreement[] = [
  { peer: "dkimpy", side: "verifies", what: "", when: blankBeforeColon, verdict: "unusable", clause: "", why: "" },
  { peer: "dkimpy", side: "signs", what: "", when: blankBeforeColon, verdict: "refused", clause: "", why: "" },
  { peer: "dkimpy", side: "verifies", what: "", when: (whole) => relaxedField(whole, /(:[ \t\r\n]*[\x0b\x0c])|[\x0b\x0c][ \t\r\n]*$/), verdict: "fail", clause: "", why: "" },
  { peer: "dkimpy", side: "signs", what: "", when: (whole) => relaxedField(whole, /(:[ \t\r\n]*[\x0b\x0c])|[\x0b\x0c][ \t\r\n]*$/), verdict: "fail", clause: "", why: "" },
  { peer: "dkimpy", side: "verifies", what: "", when: (whole) => relaxedBody(whole) && blankAtVeryEnd(whole), verdict: "fail", clause: "", why: "" },
  { peer: "dkimpy", side: "signs", what: "", when: (whole) => relaxedBody(whole) && blankAtVeryEnd(whole), verdict: "fail", clause: "", why: "" },
  { peer: "dkimpy", side: "verifies", what: "", when: becameLf, verdict: "pass", clause: "", why: "" },
  { peer: "dkimpy", side: "signs", what: "", when: ({ message }) => loneLf(message.body), verdict: "fail", clause: "", why: "" },
  { peer: "dkimpy", side: "signs", what: "", when: (whole) => signedField(whole, /(?<!\r)\n/), verdict: "fail", clause: "", why: "" },
  { peer: "Mail::DKIM", side: "verifies", what: "", when: ({ selector }) => selector === "ed25519", verdict: "unusable", clause: "", why: "" },
  { peer: "Mail::DKIM", side: "verifies", what: "", when: (whole) => simpleBody(whole) && unended(whole), verdict: "fail", clause: "", why: "" },
  { peer: "Mail::DKIM", side: "signs", what: "", when: (whole) => simpleBody(whole) && unended(whole), verdict: "fail", clause: "", why: "" },
  { peer: "Mail::DKIM", side: "verifies", what: "", when: (whole) => relaxedField(whole, /^[^:]*:[ \t\r\n]*[\x0b\x0c]/), verdict: "fail", clause: "", why: "" },
  { peer: "Mail::DKIM", side: "signs", what: "", when: (whole) => relaxedField(whole, /^[^:]*:[ \t\r\n]*[\x0b\x0c]/), verdict: "fail", clause: "", why: "" },
  { peer: "OpenDKIM", side: "verifies", what: "", when: tabBeforeColon, verdict: "unusable", clause: "", why: "" },
  { peer: "OpenDKIM", side: "signs", what: "", when: tabBeforeColon, verdict: "refused", clause: "", why: "" },
  { peer: "OpenDKIM", side: "verifies", what: "", when: (whole) => relaxedField(whole, /[\x0b\x0c]/), verdict: "fail", clause: "", why: "" },
  { peer: "OpenDKIM", side: "verifies", what: "", when: (whole) => relaxedBody(whole) && /[^ \t\r\n][ \t]+$/.test(whole.message.body), verdict: "fail", clause: "", why: "" },
  { peer: "OpenDKIM", side: "verifies", what: "", when: (whole) => relaxedBody(whole) && unended(whole) && !blankAtVeryEnd(whole), verdict: "unusable", clause: "", why: "" },
  { peer: "OpenDKIM", side: "signs", what: "", when: (whole) => relaxedBody(whole) && unended(whole) && !blankAtVeryEnd(whole), verdict: "refused", clause: "", why: "" },
  { peer: "OpenDKIM", side: "signs", what: "", when: ({ selector, message }) => selector === "ed25519" && message.header === "simple" && !/[^\n]{67,}\r\n\tb=/.test(message.signature), verdict: "fail", clause: "", why: "" },
  { peer: "OpenDKIM", side: "signs", what: "", when: (whole) => relaxedBody(whole) && /[^ \t\r\n][ \t]+$/.test(whole.message.body), verdict: "fail", clause: "", why: "" },
  { peer: "OpenDKIM", side: "signs", what: "", when: (whole) => relaxedField(whole, /[\x0b\x0c]/), verdict: "fail", clause: "", why: "" },
  { peer: "rspamd", side: "verifies", what: "", when: (whole) => relaxedField(whole, /\x0c/), verdict: "fail", clause: "", why: "" },
  { peer: "rspamd", side: "verifies", what: "", when: (whole) => relaxedBody(whole) && whole.message.body.includes("\x0c"), verdict: "fail", clause: "", why: "" },
  { peer: "rspamd", side: "verifies", what: "", when: (whole) => relaxedBody(whole) && /^[ \t\r\n]*[ \t][ \t\r\n]*$/.test(whole.message.body), verdict: "fail", clause: "", why: "" },
  { peer: "rspamd", side: "verifies", what: "", when: (whole) => relaxedBody(whole) && blankAtVeryEnd(whole), verdict: "fail", clause: "", why: "" },
  { peer: "rspamd", side: "verifies", what: "", when: blankBeforeColon, verdict: "fail", clause: "", why: "" },
  { peer: "rspamd", side: "signs", what: "", when: (whole) => relaxedField(whole, /\x0c/), verdict: "fail", clause: "", why: "" },
  { peer: "rspamd", side: "signs", what: "", when: (whole) => relaxedBody(whole) && whole.message.body.includes("\x0c"), verdict: "fail", clause: "", why: "" },
  { peer: "rspamd", side: "signs", what: "", when: (whole) => relaxedBody(whole) && /^[ \t\r\n]*[ \t][ \t\r\n]*$/.test(whole.message.body), verdict: "fail", clause: "", why: "" },
  { peer: "rspamd", side: "signs", what: "", when: (whole) => relaxedBody(whole) && blankAtVeryEnd(whole), verdict: "fail", clause: "", why: "" },
  { peer: "rspamd", side: "signs", what: "", when: blankBeforeColon, verdict: "fail", clause: "", why: "" },
  { peer: "rspamd", side: "verifies", what: "", when: becameLf, verdict: "pass", clause: "", why: "" },
  { peer: "rspamd", side: "signs", what: "", when: ({ message }) => message.bodyLength !== undefined, verdict: "fail", clause: "", why: "" },
  { peer: "mailauth", side: "verifies", what: "", when: becameLf, verdict: "pass", clause: "", why: "" },
  { peer: "mailauth", side: "signs", what: "", when: ({ message }) => loneLf(message.body), verdict: "fail", clause: "", why: "" },
  { peer: "mailauth", side: "signs", what: "", when: (whole) => signedField(whole, /(?<!\r)\n/), verdict: "fail", clause: "", why: "" },
];

/** The row that applies to a case, if there is one: the first whose test it meets. A signer's rows look at what it was given. */
export function disagreementOn(peer: PeerName, side: Disagreement["side"], whole: Case): Disagreement | undefined {
  const seen = side === "signs" ? { ...whole, message: whole.original } : whole;
  return disagreements.find((row) => row.peer === peer && row.side === side && row.when(seen));
}

/** Whether an answer is the one to expect. Of a message that is to be refused anyway a row does not say how. */
export function isExpected({ whole, answer }: Outcome, row: Disagreement | undefined): boolean {
  if (row === undefined) return answer.verdict === whole.expected;
  if (whole.expected !== "pass" && row.verdict !== "pass") return answer.verdict !== "pass";
  return answer.verdict === row.verdict;
}
