import type { AuditEvidence } from "../../evidence.ts";
import type { SeenMessage, SeenSignature } from "../../evidence/mail.ts";

/** A signature of the author's own domain or its kin, with the message it stands on. */
export type Signed = { message: SeenMessage; signature: SeenSignature };

/** Every aligned signature at hand, whether it passes or not: what others sign is their affair. */
export const alignedSignatures = ({ mail }: AuditEvidence): Signed[] =>
  (mail?.messages ?? []).flatMap((message) =>
    message.signatures.filter(({ aligned }) => aligned === "yes").map((signature) => ({ message, signature })),
  );

/** Groups by the key that signs: what is wrong with a signature is wrong where the signer is set up. */
export function byKeyName(signed: readonly Signed[]): Map<string, Signed[]> {
  const groups = new Map<string, Signed[]>();
  for (const one of signed) {
    const keyName = `${one.signature.selector}._domainkey.${one.signature.signingDomain}`;
    const group = groups.get(keyName);
    if (group === undefined) groups.set(keyName, [one]);
    else group.push(one);
  }
  return groups;
}
