import { fieldValue, trimFws, type HeaderField } from "chancery/mail";
import mailauth from "mailauth/lib/parse-received.js";
import type { SmtpFacts } from "./spf.ts";

/** A longer Received field is not read. */
const fieldOctetsMax = 8192;

/**
 * What the host that took the message in wrote about its client (RFC 5321 §4.4): address and HELO from the topmost Received
 * field that names a client, MAIL FROM from Return-Path. True only if that host is to be believed, and no other Received stands
 * above its own. Undefined: it does not say the address.
 */
export function smtpFactsIn(header: readonly HeaderField[]): SmtpFacts | undefined {
  for (const field of header) {
    if (field.lowerName !== "received" || field.raw.length > fieldOctetsMax) continue;
    const { from } = mailauth.parseReceived(field.raw) || {};
    if (from === undefined) continue;
    const ip = mailauth.getClientAddress(from);
    if (ip === false) return undefined;
    const mailFrom = returnPathIn(header);
    return { ip, ...(from.value !== "" && { helo: from.value }), ...(mailFrom !== undefined && { mailFrom }) };
  }
  return undefined;
}

function returnPathIn(header: readonly HeaderField[]): string | undefined {
  const field = header.find(({ lowerName }) => lowerName === "return-path");
  return field && /^<([^<>\s]*)>$/.exec(trimFws(fieldValue(field)))?.[1];
}
