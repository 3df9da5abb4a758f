import { counted, messageLines } from "./mail-lines.ts";
import { signatureCheck } from "./signature-check.ts";

/** `l=` signs the beginning of the body alone: anybody may add to it and the signature still passes (RFC 6376 §8.2). */
export const bodyLength = signatureCheck(
  { name: "body-length", title: "Signatures cover the whole body", code: "BodyLengthUsed" },
  ({ signature }) => signature.bodyLength !== undefined,
  (wrong, selector) => {
    const open = wrong.filter(({ signature }) => signature.uncoveredOctets > 0);
    return {
      summary: `${selector} signs with l=, so that anybody can add to the body of a signed message${open.length > 0 ? `; in ${counted(open.length, "message")} somebody did` : ""}`,
      evidence: messageLines(
        wrong.map(({ message }) => message),
        ({ signatures }) =>
          signatures
            .filter((signature) => signature.bodyLength !== undefined)
            .map(
              (signature) =>
                `l=${signature.bodyLength}, ${counted(signature.uncoveredOctets, "octet")} of the body not covered`,
            )
            .join("; "),
      ),
      remedy:
        "switch off the body length limit where this mail is signed (BodyLengths, BodyLengthLimit or l=); nothing needs it",
      commands: [],
    };
  },
);
