import type { TsigKey } from "./key.ts";
import { addMessage, addTimers, addVariables, isSameMac, startMac } from "./mac.ts";
import { findTsig, u48, withoutTsig, type Tsig } from "./record.ts";
import { isTimely, TSIG_ERROR, type TsigError } from "./verify-request.ts";

/** RFC 8945 §5.3.1: so many messages of a stream may come unsigned one after the other. */
const unsignedMax = 99;

/** What the signature of a message that answers us is worth. */
export type VerifiedResponse =
  /** `message` is without the TSIG record. All messages since the last signed one are ours to believe. */
  | { signature: "valid"; message: Uint8Array }
  /** Between signed messages of a stream; not to be believed before a valid one follows. */
  | { signature: "awaited"; message: Uint8Array }
  /**
   * The server did not take our signature. BADTIME comes with its clock, and is `signed`, as BADTRUNC is; the others could be sent by
   * anyone who sees our requests.
   */
  | { signature: "error"; error: TsigError | "unknown"; signed: boolean; serverTime?: number }
  /** Not to be believed: a client goes on waiting for another (RFC 8945 §5.4). */
  | { signature: "invalid"; problem: "malformed" | "unsigned" | "other-key" | "wrong-mac" | "wrong-time" | "cut-mac" };

/** Checks what answers one signed request: one message, or those of a transfer in order (RFC 8945 §5.3.1, §5.4). */
export class TsigStream {
  readonly #key: TsigKey;
  /** The MAC before: of the request, then of the last signed message. */
  #before: Uint8Array;
  #isFirst = true;
  /** Since that one: the next MAC covers them too. */
  #unsigned: Uint8Array[] = [];

  /** `requestMac` as `signRequest` gave it. */
  constructor(key: TsigKey, requestMac: Uint8Array) {
    this.#key = key;
    this.#before = requestMac;
  }

  /** Whether the message before was signed: the last one of a stream has to be. */
  get isSettled(): boolean {
    return !this.#isFirst && this.#unsigned.length === 0;
  }

  /** `now` in epoch seconds. After "invalid" the message can be passed over as if it had not come. */
  verify(bytes: Uint8Array, now: number): VerifiedResponse {
    const found = findTsig(bytes);
    if (found === "malformed") return { signature: "invalid", problem: "malformed" };
    if (found === "none") return this.#awaited(bytes);
    const { tsig, at } = found;
    if (tsig.keyName !== this.#key.name || tsig.algorithm !== this.#key.algorithm)
      return { signature: "invalid", problem: "other-key" };
    if (tsig.mac.length === 0 && tsig.error !== 0) return { signature: "error", error: errorOf(tsig), signed: false };
    const message = withoutTsig(bytes, at);
    const hmac = startMac(this.#key, this.#before);
    for (const earlier of this.#unsigned) hmac.update(earlier);
    addMessage(hmac, message, tsig.originalId);
    const computed = (this.#isFirst ? addVariables(hmac, tsig) : addTimers(hmac, tsig)).digest();
    if (tsig.mac.length < computed.length) return { signature: "invalid", problem: "cut-mac" };
    if (!isSameMac(tsig.mac, computed)) return { signature: "invalid", problem: "wrong-mac" };
    if (!isTimely(tsig, now)) return { signature: "invalid", problem: "wrong-time" };
    if (tsig.error !== 0) return signedError(tsig);
    this.#before = computed;
    this.#isFirst = false;
    this.#unsigned = [];
    return { signature: "valid", message };
  }

  #awaited(bytes: Uint8Array): VerifiedResponse {
    if (this.#isFirst || this.#unsigned.length === unsignedMax) return { signature: "invalid", problem: "unsigned" };
    this.#unsigned.push(bytes);
    return { signature: "awaited", message: bytes };
  }
}

const errorNames = new Map<number, TsigError>(
  Object.entries(TSIG_ERROR).map(([name, number]) => [number, name as TsigError]),
);
const errorOf = ({ error }: Tsig): TsigError | "unknown" => errorNames.get(error) ?? "unknown";

function signedError(tsig: Tsig): VerifiedResponse {
  const error = errorOf(tsig);
  const hasTime = error === "BADTIME" && tsig.otherData.length === 6;
  return { signature: "error", error, signed: true, ...(hasTime ? { serverTime: u48(tsig.otherData, 0) } : {}) };
}
