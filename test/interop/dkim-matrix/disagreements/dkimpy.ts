import type { Disagreement } from "../disagreement.ts";
import {
  becameLf,
  beforeAnyColon,
  endsInBlank,
  inRelaxedField,
  inSignedField,
  loneLf,
  relaxedBody,
  tagOfB,
  tagsOf,
} from "./facts.ts";

export const dkimpy: readonly Disagreement[] = [
  {
    what: "a field name with white space before its colon",
    when: (whole) => beforeAnyColon(whole, /[ \t]/),
    verifies: "unusable",
    signs: "refused",
    clause: "RFC 5322 §4.5, RFC 6376 §3.4.2",
    why: "obsolete, to be accepted, and the relaxed rule says what to do with it; dkimpy takes no message that has it",
  },
  {
    what: "a signed field whose value begins or ends in VT or FF, relaxed header",
    when: (whole) => inRelaxedField(whole, /:[ \t\r\n]*[\x0b\x0c]|[\x0b\x0c][ \t\r\n]*$/),
    verifies: "fail",
    signs: "fail",
    clause: "RFC 6376 §2.8, §3.4.2",
    why: "WSP is space and tab; dkimpy strips what Python calls white space",
  },
  {
    what: "a body whose last line ends in blanks and has no CRLF, relaxed body",
    when: (whole) => relaxedBody(whole) && endsInBlank(whole),
    verifies: "fail",
    signs: "fail",
    clause: "RFC 6376 §3.4.4",
    why: "white space at line ends goes, and then the missing CRLF is added; dkimpy adds the CRLF behind a space",
  },
  {
    what: "CRLF in the body turned into LF on the way",
    when: becameLf,
    verifies: "pass",
    clause: "RFC 5322 §2.3, RFC 6376 §3.4",
    why: "CR and LF occur together or are content, so another body came than was signed; dkimpy turns LF into CRLF first",
  },
  {
    what: "LF alone in the body or a signed field",
    when: (whole) => loneLf.test(whole.message.body) || inSignedField(whole, loneLf),
    signs: "fail",
    clause: "RFC 6376 §5.3",
    why: "what is signed has to be what is sent: dkimpy signs the message with CRLF, and as it stands it does not verify",
  },
  {
    what: "white space between the value of `b=` and its `;`",
    when: (whole) => /\s$/.test(tagOfB(whole)) && tagsOf(whole).at(-1) !== tagOfB(whole),
    verifies: "fail",
    clause: "RFC 6376 §3.7",
    why: "the value of `b=` is deleted with all white space around it; dkimpy leaves what stands before the `;`",
  },
  {
    what: "`b=` as the first tag, directly behind the colon",
    when: (whole) => /^b\s*=/.test(tagsOf(whole)[0]!),
    verifies: "fail",
    clause: "RFC 6376 §3.2, §3.7",
    why: "tags come in any order, white space between them is optional; dkimpy looks for `b=` behind white space or `;`",
  },
  {
    what: "white space and `b=` inside of another tag",
    when: (whole) => tagsOf(whole).some((tag) => tag !== tagOfB(whole) && /\sb\s*=/.test(tag)),
    verifies: "fail",
    clause: "RFC 6376 §3.7",
    why: "the tag `b=` alone is emptied; dkimpy empties whatever looks like it",
  },
  {
    what: "white space at the end of the signature field, `b=` not the last tag, simple header",
    when: (whole) =>
      whole.message.header === "simple" &&
      /[ \t]\r\n$/.test(whole.message.signature) &&
      tagsOf(whole).at(-1) !== tagOfB(whole),
    verifies: "fail",
    clause: "RFC 6376 §3.4.1, §3.7",
    why: "the simple rule changes nothing; dkimpy cuts it off",
  },
];
