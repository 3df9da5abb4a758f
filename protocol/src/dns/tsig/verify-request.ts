import { bareReply } from "../message/bare-reply.ts";
import { RCODE } from "../message/message.ts";
import { isTsigAlgorithm, macOctets, type TsigKey } from "./key.ts";
import { addMessage, addVariables, isSameMac, startMac } from "./mac.ts";
import { findTsig, withoutTsig, withTsig, type Tsig } from "./record.ts";
import { TsigSigner } from "./sign.ts";

/** TSIG's own error, beside the RCODE NOTAUTH (RFC 8945 §5.2). BADSIG shares its number with BADVERS. */
export const TSIG_ERROR = { BADSIG: 16, BADKEY: 17, BADTIME: 18, BADTRUNC: 22 } as const;
export type TsigError = keyof typeof TSIG_ERROR;

/** MACs cut shorter than this are no MACs (RFC 8945 §5.2.2.1). */
const macOctetsMin = 10;

/**
 * What the signature of a request is worth. `response` is what to send back as it is: a request that failed gets no other answer, and
 * nothing in it may be relied upon.
 */
export type VerifiedRequest =
  | { signature: "none" }
  /** `message` is the request without the TSIG record; `signer` signs what is answered to it. */
  | { signature: "valid"; key: TsigKey; message: Uint8Array; signer: TsigSigner }
  /** FORMERR: the record stands where it must not, or its MAC has an impossible length. */
  | { signature: "malformed"; response: Uint8Array | undefined }
  /** NOTAUTH with TSIG's error; signed if the MAC was right. `keyName` is what the client said. */
  | { signature: "refused"; error: TsigError; keyName: string; response: Uint8Array };

/**
 * Checks the signature at the end of a request (RFC 8945 §5.2), in the order key, MAC, time, truncation. `keys` by canonical name; `now` in
 * epoch seconds. MACs that were cut are refused as a policy, those below half the hash as malformed.
 */
export function verifyRequest(bytes: Uint8Array, keys: ReadonlyMap<string, TsigKey>, now: number): VerifiedRequest {
  const found = findTsig(bytes);
  if (found === "none") return { signature: "none" };
  if (found === "malformed") return { signature: "malformed", response: bareReply(bytes, RCODE.FORMERR) };
  const { tsig } = found;
  const notAuth = bareReply(bytes, RCODE.NOTAUTH);
  if (!notAuth) return { signature: "malformed", response: undefined };
  const refused = (error: TsigError, response: Uint8Array): VerifiedRequest => ({
    signature: "refused",
    error,
    keyName: tsig.keyName,
    response,
  });
  const unsigned = (error: TsigError): VerifiedRequest =>
    refused(error, withTsig(notAuth, { ...tsig, mac: none, error: TSIG_ERROR[error], otherData: none }));

  const key = keys.get(tsig.keyName);
  if (!key || key.algorithm !== tsig.algorithm) return unsigned("BADKEY");
  if (!isMacLength(tsig)) return { signature: "malformed", response: bareReply(bytes, RCODE.FORMERR) };
  const message = withoutTsig(bytes, found.at);
  const computed = addVariables(addMessage(startMac(key, undefined), message, tsig.originalId), tsig).digest();
  if (!isSameMac(tsig.mac, computed)) return unsigned("BADSIG");
  const signer = new TsigSigner(key, tsig.mac);
  if (!isTimely(tsig, now)) return refused("BADTIME", signer.signError(notAuth, tsig, TSIG_ERROR.BADTIME, now));
  if (tsig.mac.length < computed.length)
    return refused("BADTRUNC", signer.signError(notAuth, tsig, TSIG_ERROR.BADTRUNC, undefined));
  return { signature: "valid", key, message, signer };
}

const none = new Uint8Array(0);

/** Whether the MAC has a length that one of its algorithm may have. */
export function isMacLength({ algorithm, mac }: Pick<Tsig, "algorithm" | "mac">): boolean {
  if (!isTsigAlgorithm(algorithm)) return false;
  const whole = macOctets[algorithm];
  return mac.length <= whole && mac.length >= Math.max(macOctetsMin, whole / 2);
}

export const isTimely = ({ timeSigned, fudgeSeconds }: Tsig, now: number): boolean =>
  Math.abs(now - timeSigned) <= fudgeSeconds;
