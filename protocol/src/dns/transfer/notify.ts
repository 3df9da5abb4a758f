import { formatMessage, OPCODE, parseMessage, plainQuery } from "../message/message.ts";
import { TYPE } from "../record/record.ts";
import type { Zone } from "../zone/zone.ts";
import { soaOf } from "./zone-transfer.ts";

/** What tells a secondary that a zone has changed, the new SOA with it (RFC 1996 §3.7). */
export const notifyMessage = (zone: Zone, id: number): Uint8Array =>
  formatMessage(
    plainQuery(zone.origin, TYPE.SOA, { id, opcode: OPCODE.NOTIFY, authoritative: true, answers: [soaOf(zone)] }),
  );

/** The RCODE of what answers a NOTIFY about that zone; undefined for any other message. The caller has looked at ID, source and signature. */
export function notifyRcode(bytes: Uint8Array, origin: string): number | undefined {
  const message = parseMessage(bytes);
  if (!message.ok || !message.value.response || message.value.opcode !== OPCODE.NOTIFY) return undefined;
  const { questions, rcode } = message.value;
  const [question] = questions;
  if (!question) return rcode; // some leave it out
  return question.name.toLowerCase() === origin && question.type === TYPE.SOA ? rcode : undefined;
}
