import type { Disagreement } from "../disagreement.ts";
import { endsInNoCrlf, inRelaxedField, simpleBody } from "./facts.ts";

export const mailDkim: readonly Disagreement[] = [
  {
    what: "an Ed25519 signature",
    when: ({ selector }) => selector === "ed25519",
    verifies: "unusable",
    clause: "RFC 8463 §3",
    why: "Debian's Mail::DKIM knows RSA alone",
  },
  {
    what: "a body whose last line has no CRLF, simple body",
    when: (whole) => simpleBody(whole) && endsInNoCrlf(whole),
    verifies: "fail",
    signs: "fail",
    clause: "RFC 6376 §3.4.3",
    why: "if there is no CRLF at the end of the body, one is added; Mail::DKIM adds none",
  },
  {
    what: "a signed field whose value begins with VT or FF, relaxed header",
    when: (whole) => inRelaxedField(whole, /^[^:]*:[ \t\r\n]*[\x0b\x0c]/),
    verifies: "fail",
    signs: "fail",
    clause: "RFC 6376 §2.8, §3.4.2",
    why: "WSP is space and tab; Mail::DKIM takes away what Perl calls white space behind the colon",
  },
];
