import { headerField, type HeaderField } from "chancery/mail";
import { dateTime } from "../../engine/smtp-relay/trace.ts";

/**
 * The Date and Message-ID that a message lacks (RFC 5322 §3.6, RFC 6409 §8), to be added below the signature that covers them.
 * Both follow from the stored message, so that signing it again makes the same message.
 */
export function missingFields(
  header: readonly HeaderField[],
  domain: string,
  stored: { id: string; receivedAt: number },
): HeaderField[] {
  const has = (name: string): boolean => header.some(({ lowerName }) => lowerName === name);
  const missing: HeaderField[] = [];
  if (!has("date")) missing.push(headerField(`Date: ${dateTime(stored.receivedAt)}\r\n`));
  if (!has("message-id")) missing.push(headerField(`Message-ID: <${stored.id}@${domain}>\r\n`));
  return missing;
}
