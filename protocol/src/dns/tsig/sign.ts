import { u16 } from "../message/query.ts";
import { macOctets, type TsigKey } from "./key.ts";
import { addMessage, addTimers, addVariables, startMac } from "./mac.ts";
import { tsigOctets, u48Octets, withTsig, type Tsig } from "./record.ts";

/** How far clocks may be apart (RFC 8945 §10). */
const fudgeSeconds = 300;

const none = new Uint8Array(0);

/** Signs a message that begins an exchange; the MAC is what the answer is checked with (`TsigStream`). `now` in epoch seconds. */
export function signRequest(message: Uint8Array, key: TsigKey, now: number): { message: Uint8Array; mac: Uint8Array } {
  const tsig = unsignedTsig(message, key, now);
  const mac = addVariables(addMessage(startMac(key, undefined), message, tsig.originalId), tsig).digest();
  return { message: withTsig(message, { ...tsig, mac }), mac };
}

const unsignedTsig = (message: Uint8Array, key: TsigKey, now: number): Omit<Tsig, "mac"> => ({
  keyName: key.name,
  algorithm: key.algorithm,
  timeSigned: Math.floor(now),
  fudgeSeconds,
  originalId: u16(message, 0),
  error: 0,
  otherData: none,
});

/** Signs the answer to one request: one message, or each of several in order, their MACs chained (RFC 8945 §5.3, §5.3.1). */
export class TsigSigner {
  readonly key: TsigKey;
  /** What signing adds to each message. */
  readonly octets: number;
  #before: Uint8Array;
  #isFirst = true;

  constructor(key: TsigKey, requestMac: Uint8Array) {
    this.key = key;
    this.octets = tsigOctets(key.name, key.algorithm, macOctets[key.algorithm]);
    this.#before = requestMac;
  }

  sign(message: Uint8Array, now: number): Uint8Array {
    return this.#sign(message, unsignedTsig(message, this.key, now));
  }

  /** The answer to a request that is not taken though its MAC is right. A clock that is wrong is told the time (RFC 8945 §5.2.3). */
  signError(message: Uint8Array, request: Tsig, error: number, serverTime: number | undefined): Uint8Array {
    return this.#sign(message, {
      ...unsignedTsig(message, this.key, request.timeSigned),
      fudgeSeconds: request.fudgeSeconds,
      error,
      otherData: serverTime === undefined ? none : u48Octets(Math.floor(serverTime)),
    });
  }

  #sign(message: Uint8Array, tsig: Omit<Tsig, "mac">): Uint8Array {
    const hmac = addMessage(startMac(this.key, this.#before), message, tsig.originalId);
    const mac = (this.#isFirst ? addVariables(hmac, tsig) : addTimers(hmac, tsig)).digest();
    this.#before = mac;
    this.#isFirst = false;
    return withTsig(message, { ...tsig, mac });
  }
}
