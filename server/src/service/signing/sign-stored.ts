import { octetsOf, octetText, splitHeader } from "chancery/mail";
import type { KeyRing } from "./key-ring.ts";
import { missingFields } from "./missing-fields.ts";
import { outcomeOf, type SigningOptions, type SigningStart, startSigningFor } from "./sign-message.ts";

/** Fields to put on top of a stored message, or why there are none. */
export type StoredOutcome =
  | { outcome: "signed"; fields: Uint8Array; keyIds: string[] }
  | Exclude<SigningStart, { outcome: "sign" }>;

/**
 * Signs a message that lies in a store. What it lacks of Date and Message-ID is added below the signature that covers it.
 * @param message `header` is everything up to and including the empty line; `read` gives the whole message, header included
 */
export async function signStored(
  ring: KeyRing,
  tenantId: string,
  message: { id: string; receivedAt: number; header: Uint8Array; read: () => AsyncIterable<Uint8Array> },
  options: SigningOptions,
): Promise<StoredOutcome> {
  const header = splitHeader(withoutEmptyLine(message.header));
  if (!header.ok) return { outcome: "refuse", detail: header.problem };
  const domain = await startSigningFor(ring, tenantId, header.value, options);
  if (domain.outcome !== "sign") return domain;
  const added = missingFields(header.value, domain.domain, message);
  const start =
    added.length === 0 ? domain : await startSigningFor(ring, tenantId, [...added, ...header.value], options);
  if (start.outcome !== "sign") return start;
  try {
    let skip = message.header.length;
    for await (const chunk of message.read()) {
      if (chunk.length > skip) start.signer.update(chunk.subarray(skip));
      skip = Math.max(0, skip - chunk.length);
    }
    const signature = octetText(await start.signer.finish());
    return {
      outcome: "signed",
      fields: octetsOf(signature + added.map(({ raw }) => raw).join("")),
      keyIds: start.keyIds,
    };
  } catch (error) {
    return outcomeOf(error);
  }
}

/** A message without a body may end with its last field: then there is no empty line to take off. */
const withoutEmptyLine = (header: Uint8Array): Uint8Array => {
  const text = octetText(header.subarray(-4));
  return text === "\r\n\r\n" || octetText(header) === "\r\n" ? header.subarray(0, -2) : header;
};
