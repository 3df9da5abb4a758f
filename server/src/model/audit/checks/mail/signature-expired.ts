import { counted, messageLines } from "./mail-lines.ts";
import { signatureCheck } from "./signature-check.ts";

/** `x=` had passed when the message came, not only since then. */
export const signatureExpired = signatureCheck(
  { name: "signature-expired", title: "Signatures live until their mail has arrived", code: "SignatureExpired" },
  ({ signature }) => signature.now.reason === "expired" && signature.told !== "pass",
  (wrong, selector) => ({
    summary: `${counted(wrong.length, "message")} came after the signature by ${selector} had expired`,
    evidence: messageLines(
      wrong.map(({ message }) => message),
      ({ at, signatures }) =>
        signatures
          .filter(({ now }) => now.reason === "expired")
          .map(({ timestamp, expiration }) => lifeOf(timestamp, expiration, at))
          .join("; "),
    ),
    remedy:
      "let signatures live a week or longer (x= at least seven days after t=): mail waits in queues for days, and find out what held this mail up",
    commands: [],
  }),
);

function lifeOf(timestamp: number | undefined, expiration: number | undefined, at: number | undefined): string {
  const signed = timestamp === undefined ? "" : `signed at ${timestamp}, `;
  const late = at === undefined || expiration === undefined ? "" : `, received ${at - expiration} seconds after that`;
  return `${signed}valid until ${expiration}${late}`;
}
