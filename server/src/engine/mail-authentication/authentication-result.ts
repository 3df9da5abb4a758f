import type { MethodResult, Property } from "chancery/authres";
import { parseDomain } from "chancery/mail";
import type { ArcValidation } from "./arc.ts";
import type { SpfCheck } from "./spf.ts";

/**
 * `spf=<result>` with the identity that was checked (RFC 8601 §2.7.2): the domain alone, unless the record asks for the local
 * part. What came in the envelope and is no domain name or plain address is not told: quotes would hold it, but not every
 * reader knows quotes.
 */
export function spfMethodResult({ result, identity, domain, mailbox }: SpfCheck): MethodResult {
  const properties: Property[] = [];
  if (parseDomain(domain).ok) {
    const value = mailbox !== undefined && plainAddress.test(mailbox) ? mailbox : domain;
    properties.push({ ptype: "smtp", property: identity, value });
  }
  return { method: "spf", version: null, result, reason: null, properties };
}

/** A dot-atom, `@` and the octets of a domain name. */
const plainAddress = /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+@[A-Za-z0-9_.-]+$/;

/** `arc=<result>` with the client's address, if it is known, and how far back the message is unchanged (RFC 8617 §6). */
export function arcMethodResult({ result, reason, oldestPass }: ArcValidation, ip?: string): MethodResult {
  const properties: Property[] = [];
  if (ip !== undefined) properties.push({ ptype: "smtp", property: "remote-ip", value: ip });
  if (oldestPass !== undefined)
    properties.push({ ptype: "header", property: "oldest-pass", value: String(oldestPass) });
  return { method: "arc", version: null, result, reason: reason ?? null, properties };
}
