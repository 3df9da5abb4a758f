import { messageLines, signatureLine } from "./mail-lines.ts";
import { signatureCheck } from "./signature-check.ts";

/** RFC 8301: nobody signs with SHA-1, and nobody takes such a signature for one. */
export const sha1 = signatureCheck(
  { name: "sha1", title: "No signature uses SHA-1", code: "Sha1Used" },
  ({ signature }) => signature.algorithm?.toLowerCase() === "rsa-sha1",
  (wrong, selector) => ({
    summary: `${selector} signs with SHA-1, which counts nowhere any more`,
    evidence: messageLines(
      wrong.map(({ message }) => message),
      (message) => `a=rsa-sha1; ${signatureLine(message)}`,
    ),
    remedy: "set the signing algorithm to rsa-sha256 where this mail is signed; the key can stay",
    commands: [],
  }),
);
