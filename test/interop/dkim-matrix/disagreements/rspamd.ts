import type { Case } from "../cases.ts";
import type { Disagreement } from "../disagreement.ts";
import {
  becameLf,
  endsInTextAndBlanks,
  inRelaxedField,
  inSignedField,
  loneCrOrLf,
  relaxedBody,
  severalOf,
  tagOfB,
} from "./facts.ts";

/** What rspamd holds to be there once at most. */
const unique = ["from", "to", "cc", "bcc", "subject", "message-id"];

/** What rspamd counts too much is an octet for each line of text that ends in white space; it makes up for a CRLF at the end. */
const moreThanTwoOctetsGo = ({ message }: Case): boolean => {
  const lines = message.body.split("\r\n").filter((line) => /[^ \t]/.test(line));
  const ending = lines.filter((line) => /[ \t]$/.test(line));
  return ending.length > 2 || (ending.length === 2 && ending.at(-1) === lines.at(-1));
};

export const rspamd: readonly Disagreement[] = [
  {
    what: "a signed field with FF in it, relaxed header",
    when: (whole) => inRelaxedField(whole, /\x0c/),
    verifies: "fail",
    signs: "fail",
    clause: "RFC 6376 §2.8, §3.4.2",
    why: "WSP is space and tab; rspamd folds FF into a space too",
  },
  {
    what: "FF in the body, relaxed body",
    when: (whole) => relaxedBody(whole) && whole.message.body.includes("\x0c"),
    verifies: "fail",
    signs: "fail",
    clause: "RFC 6376 §2.8, §3.4.4",
    why: "the same",
  },
  {
    what: "a body of white space that begins with a blank, relaxed body",
    when: (whole) => relaxedBody(whole) && /^[ \t][ \t\r\n]*$/.test(whole.message.body),
    verifies: "fail",
    signs: "fail",
    clause: "RFC 6376 §3.4.4",
    why: "lines of white space become empty ones, and those at the end go: nothing is left. rspamd keeps something of the first",
  },
  {
    what: "a body whose last line is text, blanks and no CRLF, or ends in a tab and no CRLF, relaxed body",
    when: (whole) => relaxedBody(whole) && (endsInTextAndBlanks(whole) || whole.message.body.endsWith("\t")),
    verifies: "fail",
    signs: "fail",
    clause: "RFC 6376 §3.4.4",
    why: "white space at line ends goes, also where the CRLF is missing; rspamd keeps a space",
  },
  {
    what: "a signed field with white space between name and colon",
    when: (whole) => inSignedField(whole, /^[^:]*[ \t]:/),
    verifies: "fail",
    signs: "fail",
    clause: "RFC 5322 §4.5, RFC 6376 §3.4.2",
    why: "obsolete, to be accepted, and the relaxed rule says what to do with it; to rspamd that is another name",
  },
  {
    what: "a signed field whose name begins with no letter",
    when: (whole) => inSignedField(whole, /^[^a-z]/i),
    verifies: "fail",
    signs: "fail",
    clause: "RFC 5322 §2.2, §3.6.8",
    why: "a name is made of any printable characters but the colon; rspamd does not see such a field",
  },
  {
    what: "several From, To, Cc, Subject or Message-ID fields, and `h=` names them",
    when: (whole) => severalOf(whole, unique),
    verifies: "fail",
    signs: "fail",
    clause: "RFC 6376 §5.4.2, §8.15; RFC 5322 §3.6",
    why: "the lowest is signed. rspamd breaks the signature on purpose, which §8.15 leaves to verifiers; we tell which fields are not covered",
  },
  {
    what: "CRLF in the body turned into LF on the way",
    when: becameLf,
    verifies: "pass",
    clause: "RFC 5322 §2.3, RFC 6376 §3.4",
    why: "CR and LF occur together or are content, so another body came than was signed; rspamd turns LF into CRLF first",
  },
  {
    what: "a signature made to expire, by `expire` of `rspamd_plugins.dkim.sign`",
    when: ({ message }) => message.bodyLength !== undefined,
    signs: "fail",
    clause: "RFC 6376 §3.5 `l=`",
    why: "rspamd 3.4 writes the lifetime into `l=`, which must not be larger than the body, and no `x=`",
  },
  {
    what: "CR or LF alone in the body or a signed field",
    when: (whole) => loneCrOrLf.test(whole.message.body) || inSignedField(whole, loneCrOrLf),
    signs: "fail",
    clause: "RFC 6376 §5.3",
    why: "what is signed has to be what is sent: rspamd signs the message with CRLF, and as it stands it does not verify",
  },
  {
    what: "NUL in a signed field",
    when: (whole) => inSignedField(whole, /\0/),
    signs: "fail",
    clause: "RFC 5322 §4.1, RFC 6376 §3.4.2",
    why: "an octet as any other, if an obsolete one; to rspamd the field ends there",
  },
  {
    what: "white space between `b` and its `=`",
    when: (whole) => /^\s*b\s/.test(tagOfB(whole)),
    verifies: "fail",
    clause: "RFC 6376 §3.2",
    why: "white space may stand on both sides of `=`; rspamd then does not find the value to delete",
  },
  {
    what: "`l=`, and white space at the end of three lines of text or of two with the last one, relaxed body",
    when: (whole) => relaxedBody(whole) && whole.message.bodyLength !== undefined && moreThanTwoOctetsGo(whole),
    verifies: "fail",
    clause: "RFC 6376 §3.4.5, §3.5 `l=`",
    why: "`l=` counts octets of the canonical body; rspamd counts the white space that goes, and then tries with CRLF added",
  },
];
