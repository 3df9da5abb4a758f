import type { Disagreement } from "../disagreement.ts";
import {
  beforeAnyColon,
  endsInBlank,
  endsInNoCrlf,
  endsInTextAndBlanks,
  inRelaxedField,
  loneCr,
  loneCrOrLf,
  loneLf,
  relaxedBody,
  simpleBody,
  tagOfB,
} from "./facts.ts";

export const openDkim: readonly Disagreement[] = [
  {
    what: "a field name with a tab before its colon",
    when: (whole) => beforeAnyColon(whole, /\t/),
    verifies: "unusable",
    signs: "refused",
    clause: "RFC 5322 §4.5, RFC 6376 §3.4.2",
    why: "obsolete, to be accepted, and the relaxed rule says what to do with it; libopendkim takes spaces there and no tabs",
  },
  {
    what: "a body whose last line is text and no CRLF, relaxed body",
    when: (whole) => relaxedBody(whole) && endsInNoCrlf(whole) && !endsInBlank(whole),
    signs: "refused",
    clause: "RFC 6376 §3.4.4",
    why: "if a body that is not empty does not end in CRLF, one is added; libopendkim calls it a syntax error",
  },
  {
    what: "white space between `b` and its `=`",
    when: (whole) => /^\s*b\s/.test(tagOfB(whole)),
    verifies: "fail",
    clause: "RFC 6376 §3.2",
    why: "white space may stand on both sides of `=`; libopendkim then does not find the value to delete",
  },
  {
    what: "a signed field with VT or FF in it, relaxed header",
    when: (whole) => inRelaxedField(whole, /[\x0b\x0c]/),
    verifies: "fail",
    signs: "fail",
    clause: "RFC 6376 §2.8, §3.4.2",
    why: "WSP is space and tab; libopendkim folds what C calls white space into a space",
  },
  {
    what: "a body whose last line is text, blanks and no CRLF, relaxed body",
    when: (whole) => relaxedBody(whole) && endsInTextAndBlanks(whole) && whole.message.bodyLength === undefined,
    verifies: "fail",
    signs: "fail",
    clause: "RFC 6376 §3.4.4",
    why: "white space at line ends goes, and then the missing CRLF is added; libopendkim adds none",
  },
  {
    what: "a body whose last line is text and no CRLF, relaxed body",
    when: (whole) => relaxedBody(whole) && endsInNoCrlf(whole) && !endsInBlank(whole),
    verifies: "unusable",
    clause: "RFC 6376 §3.4.4",
    why: "if a body that is not empty does not end in CRLF, one is added; libopendkim calls it a syntax error",
  },
  {
    what: "a body of more than 4096 octets whose last line has no CRLF, simple body",
    when: (whole) =>
      simpleBody(whole) &&
      endsInNoCrlf(whole) &&
      whole.message.body.length > 4096 &&
      whole.message.bodyLength === undefined,
    verifies: "fail",
    signs: "fail",
    clause: "RFC 6376 §3.4.3",
    why: "if there is no CRLF at the end, one is added; libopendkim adds it only while it has the last octets in its buffer",
  },
  {
    what: "an Ed25519 signature, simple header, with room for `b=` in the line above",
    when: ({ selector, message: { header, signature } }) =>
      selector === "ed25519" && header === "simple" && !/[^\n]{67,}\r\n\tb=/.test(signature),
    signs: "fail",
    clause: "RFC 6376 §3.7",
    why: "the field is signed as it will stand; libopendkim folds before `b=` after signing. No peer verifies these either",
  },
  {
    what: "LF alone in the body, simple body",
    when: (whole) => simpleBody(whole) && loneLf.test(whole.message.body),
    signs: "fail",
    clause: "RFC 6376 §5.3",
    why: "what is signed has to be what is sent; libopendkim signs another text than it was given",
  },
  {
    what: "CR alone in the body, relaxed body, or at its end, simple body",
    when: (whole) => (relaxedBody(whole) ? loneCr.test(whole.message.body) : whole.message.body.endsWith("\r")),
    signs: "fail",
    clause: "RFC 6376 §5.3",
    why: "the same",
  },
  {
    what: "CR or LF alone in a signed field, relaxed header",
    when: (whole) => inRelaxedField(whole, loneCrOrLf),
    signs: "fail",
    clause: "RFC 6376 §2.8, §5.3",
    why: "WSP is space and tab; to libopendkim CR and LF alone are white space too",
  },
  {
    what: "NUL in a signed field, relaxed header",
    when: (whole) => inRelaxedField(whole, /\0/),
    signs: "fail",
    clause: "RFC 5322 §4.1, RFC 6376 §3.4.2",
    why: "an octet as any other, if an obsolete one; to libopendkim the field ends there",
  },
];
