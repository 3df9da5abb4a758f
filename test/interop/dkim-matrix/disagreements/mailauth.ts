import type { Disagreement } from "../disagreement.ts";
import { becameLf, inSignedField, loneLf } from "./facts.ts";

export const mailauth: readonly Disagreement[] = [
  {
    what: "CRLF in the body turned into LF on the way",
    when: becameLf,
    verifies: "pass",
    clause: "RFC 5322 §2.3, RFC 6376 §3.4",
    why: "CR and LF occur together or are content, so another body came than was signed; mailauth turns LF into CRLF first",
  },
  {
    what: "LF alone in the body or a signed field",
    when: (whole) => loneLf.test(whole.message.body) || inSignedField(whole, loneLf),
    signs: "fail",
    clause: "RFC 6376 §5.3",
    why: "what is signed has to be what is sent: mailauth signs the message with CRLF, and as it stands it does not verify",
  },
];
