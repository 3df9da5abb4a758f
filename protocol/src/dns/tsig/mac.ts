import { createHmac, timingSafeEqual, type Hmac } from "node:crypto";
import { nameToWire } from "../name/name.ts";
import { CLASS } from "../record/record.ts";
import { hashName, type TsigKey } from "./key.ts";
import { u16Octets, u48Octets, type Tsig } from "./record.ts";

/*
 * What a MAC covers (RFC 8945 §4.3): the MAC before it, if any; the message without its TSIG record, under the ID that was signed; and
 * of the record all that is not the MAC, or only the times in the later messages of a stream.
 */

/** Begins a MAC after the one before it: of the request, or of the message before in a stream. */
export function startMac(key: TsigKey, before: Uint8Array | undefined): Hmac {
  const hmac = createHmac(hashName[key.algorithm], key.secret);
  if (before) hmac.update(u16Octets(before.length)).update(before);
  return hmac;
}

/** Adds the message, which is without its TSIG record. */
export const addMessage = (hmac: Hmac, message: Uint8Array, originalId: number): Hmac =>
  hmac.update(u16Octets(originalId)).update(message.subarray(2));

/** RFC 8945 §4.3.3. */
export const addVariables = (hmac: Hmac, tsig: Omit<Tsig, "mac">): Hmac =>
  hmac
    .update(nameToWire(tsig.keyName))
    .update(u16Octets(CLASS.ANY, 0, 0))
    .update(nameToWire(tsig.algorithm))
    .update(u48Octets(tsig.timeSigned))
    .update(u16Octets(tsig.fudgeSeconds, tsig.error, tsig.otherData.length))
    .update(tsig.otherData);

/** RFC 8945 §5.3.1. */
export const addTimers = (hmac: Hmac, tsig: Pick<Tsig, "timeSigned" | "fudgeSeconds">): Hmac =>
  hmac.update(u48Octets(tsig.timeSigned)).update(u16Octets(tsig.fudgeSeconds));

/** Whether the MAC received is the one computed, or its beginning; the time taken does not tell where they differ. */
export const isSameMac = (received: Uint8Array, computed: Uint8Array): boolean =>
  received.length <= computed.length && timingSafeEqual(received, computed.subarray(0, received.length));
