import { randomBytes } from "node:crypto";
import { headerField, type HeaderField } from "chancery/mail";
import { dateTime } from "../../engine/smtp-relay/trace.ts";

/** The Date and Message-ID that a message lacks (RFC 5322 §3.6, RFC 6409 §8), to be added below the signature that covers them. */
export function missingFields(header: readonly HeaderField[], domain: string, now: number): HeaderField[] {
  const has = (name: string): boolean => header.some(({ lowerName }) => lowerName === name);
  const missing: HeaderField[] = [];
  if (!has("date")) missing.push(headerField(`Date: ${dateTime(now)}\r\n`));
  if (!has("message-id")) missing.push(headerField(`Message-ID: <${randomBytes(18).toString("hex")}@${domain}>\r\n`));
  return missing;
}
