import type { MethodResult, Property } from "chancery/authres";
import type { ArcValidation } from "./arc.ts";
import type { SpfCheck } from "./spf.ts";

/** `spf=<result>` with the identity that was checked (RFC 8601 §2.7.2). Without the local part, unless the record asks for it. */
export function spfMethodResult({ result, identity, domain, mailbox }: SpfCheck): MethodResult {
  const value = mailbox ?? domain;
  const properties = value === "" ? [] : [{ ptype: "smtp", property: identity, value }];
  return { method: "spf", version: null, result, reason: null, properties };
}

/** `arc=<result>` with the client's address, if it is known, and how far back the message is unchanged (RFC 8617 §6). */
export function arcMethodResult({ result, reason, oldestPass }: ArcValidation, ip?: string): MethodResult {
  const properties: Property[] = [];
  if (ip !== undefined) properties.push({ ptype: "smtp", property: "remote-ip", value: ip });
  if (oldestPass !== undefined)
    properties.push({ ptype: "header", property: "oldest-pass", value: String(oldestPass) });
  return { method: "arc", version: null, result, reason: reason ?? null, properties };
}
