import {
  notifyMessage,
  notifyRcode,
  RCODE,
  signRequest,
  TsigStream,
  type TsigKey,
  type VerifiedResponse,
  type Zone,
} from "chancery/dns";
import { randomInt } from "node:crypto";
import { createSocket, type Socket } from "node:dgram";
import { isIP } from "node:net";
import { addressOctets } from "../dns-server/address-octets.ts";

/** One address of a secondary that is told of changes. */
export type NotifyTo = { secondary: string; address: string; port: number; key: TsigKey | undefined };

/** How fast, and for how long. */
export type NotifyPace = {
  /** Messages a second to one address. */
  perSecond: number;
  /** Messages to one address that wait for an answer. */
  unansweredMax: number;
  firstRetrySeconds: number;
  retrySecondsMax: number;
  /** Then the secondary is left to its own refresh. */
  giveUpSeconds: number;
};

export type NotifyEvent =
  | { event: "notified"; secondary: string; address: string; origin: string; serial: number; tries: number }
  /** An answer, and not NOERROR: the secondary does not know the zone (yet), or not us. */
  | { event: "notify-refused"; secondary: string; address: string; origin: string; rcode: number }
  /** No answer to several tries; told once until there is one. */
  | { event: "unanswered"; secondary: string; address: string; origin: string }
  /** The answers are not signed as they should be: the secondary has another key, or another clock. */
  | { event: "notify-not-believed"; secondary: string; address: string; origin: string; problem: string }
  | { event: "gave-up"; secondary: string; address: string; origin: string };

/** What is known of one address, for those who watch. */
export type NotifyState = NotifyTo & {
  /** Zones of which a change is still to be told, those without answer among them. */
  waiting: number;
  /** Epoch seconds of the first message that had no answer, if the last one had none. */
  unansweredSince: number | undefined;
  /** The serial that was acknowledged last, by origin. */
  acknowledged: ReadonlyMap<string, number>;
};

type Unanswered = {
  origin: string;
  serial: number;
  tries: number;
  sinceSeconds: number;
  stream: TsigStream | undefined;
  timer: NodeJS.Timeout | undefined;
};

const tickMs = 20;
const triesTillTold = 4;

/**
 * Tells one address of zones that changed, until it answers (RFC 1996 §3.6): again after 1, 2, 4 … 60 seconds. A zone that changes again while it waits is
 * told once. Only so many messages are sent a second, and only so many wait for an answer: a secondary that is away gets a trickle, and all the rest
 * when it is back.
 */
export class NotifyTarget {
  readonly #to: NotifyTo;
  readonly #pace: NotifyPace;
  readonly #zoneOf: (origin: string) => Zone | undefined;
  readonly #now: () => number;
  readonly #onEvent: (event: NotifyEvent) => void;
  readonly #socket: Socket;
  #isBound = false;
  #isClosed = false;
  /** In the order in which they are to be told. */
  readonly #queue = new Set<string>();
  readonly #unanswered = new Map<number, Unanswered>();
  readonly #idOf = new Map<string, number>();
  readonly #givenUp = new Set<string>();
  readonly #acknowledged = new Map<string, number>();
  #unansweredSince: number | undefined;
  #isTold = false;
  #tick: NodeJS.Timeout | undefined;
  #allowance: number;

  /** `from`: the address that messages come from; one of another family, or all addresses, leaves it to the system. */
  constructor(
    to: NotifyTo,
    from: string,
    pace: NotifyPace,
    zoneOf: (origin: string) => Zone | undefined,
    now: () => number,
    onEvent: (event: NotifyEvent) => void,
  ) {
    this.#to = to;
    this.#pace = pace;
    this.#zoneOf = zoneOf;
    this.#now = now;
    this.#onEvent = onEvent;
    this.#allowance = this.#tickAllowance;
    const family = isIP(to.address);
    this.#socket = createSocket(family === 6 ? "udp6" : "udp4");
    this.#socket.on("error", () => {}); // no such address or no way to it now: the next try tells
    const source = addressOctets(to.address);
    this.#socket.on("message", (message, from) => {
      if (from.port === to.port && isSame(addressOctets(from.address), source)) this.#take(message);
    });
    const isOne = isIP(from) === family && from !== "0.0.0.0" && from !== "::";
    this.#socket.bind(0, isOne ? from : undefined, () => {
      this.#isBound = true;
      this.#work();
    });
  }

  tell(origins: Iterable<string>): void {
    for (const origin of origins) {
      this.#forget(this.#idOf.get(origin));
      this.#queue.add(origin);
    }
    this.#work();
  }

  state(): NotifyState {
    return {
      ...this.#to,
      waiting: this.#queue.size + this.#unanswered.size + this.#givenUp.size,
      unansweredSince: this.#unansweredSince,
      acknowledged: this.#acknowledged,
    };
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#tick);
    for (const { timer } of this.#unanswered.values()) clearTimeout(timer);
    await new Promise<void>((closed) => this.#socket.close(closed));
  }

  get #tickAllowance(): number {
    return Math.max(1, Math.round((this.#pace.perSecond * tickMs) / 1000));
  }

  /** Sends what may go now; the rest when the next tick allows it or an answer makes room. */
  #work(): void {
    if (!this.#isBound || this.#isClosed) return;
    for (const origin of this.#queue) {
      if (this.#allowance <= 0 || this.#unanswered.size >= this.#pace.unansweredMax) break;
      this.#queue.delete(origin);
      this.#send(origin, 0, this.#now());
    }
  }

  #send(origin: string, tries: number, sinceSeconds: number): void {
    const zone = this.#zoneOf(origin);
    if (!zone) return; // removed meanwhile
    this.#allowance--;
    this.#tick ??= setTimeout(() => {
      this.#tick = undefined;
      this.#allowance = this.#tickAllowance;
      this.#work();
    }, tickMs);
    const id = this.#freeId();
    const plain = notifyMessage(zone, id);
    const signed = this.#to.key && signRequest(plain, this.#to.key, this.#now());
    const stream = signed && this.#to.key && new TsigStream(this.#to.key, signed.mac);
    const delay = Math.min(this.#pace.firstRetrySeconds * 2 ** tries, this.#pace.retrySecondsMax);
    const timer = setTimeout(() => this.#retry(id), delay * 1000);
    this.#unanswered.set(id, { origin, serial: zone.serial, tries: tries + 1, sinceSeconds, stream, timer });
    this.#idOf.set(origin, id);
    this.#socket.send(signed?.message ?? plain, this.#to.port, this.#to.address, () => {}); // an error is as good as silence
  }

  #freeId(): number {
    for (;;) {
      const id = randomInt(0x1_0000);
      if (!this.#unanswered.has(id)) return id;
    }
  }

  #retry(id: number): void {
    const { origin, tries, sinceSeconds } = this.#forget(id)!;
    const about = { secondary: this.#to.secondary, address: this.#to.address, origin };
    this.#unansweredSince ??= sinceSeconds;
    if (tries >= triesTillTold && !this.#isTold) {
      this.#isTold = true;
      this.#onEvent({ event: "unanswered", ...about });
    }
    if (this.#now() - sinceSeconds >= this.#pace.giveUpSeconds) {
      this.#givenUp.add(origin);
      this.#onEvent({ event: "gave-up", ...about });
      this.#work();
    } else this.#send(origin, tries, sinceSeconds);
  }

  #forget(id: number | undefined): Unanswered | undefined {
    const message = id === undefined ? undefined : this.#unanswered.get(id);
    if (id === undefined || !message) return undefined;
    clearTimeout(message.timer);
    this.#unanswered.delete(id);
    this.#idOf.delete(message.origin);
    return message;
  }

  /** What is not the answer to one of our messages is passed over. */
  #take(bytes: Uint8Array): void {
    const id = bytes.length < 2 ? -1 : (bytes[0]! << 8) | bytes[1]!;
    const asked = this.#unanswered.get(id);
    if (!asked) return;
    const about = { secondary: this.#to.secondary, address: this.#to.address, origin: asked.origin };
    const verified = asked.stream?.verify(bytes, this.#now());
    if (verified && verified.signature !== "valid" && !isUnsignedRefusal(verified, bytes, asked.origin)) {
      const problem = verified.signature === "error" ? verified.error : verified.signature;
      this.#onEvent({ event: "notify-not-believed", ...about, problem });
      return;
    }
    const rcode = notifyRcode(verified?.signature === "valid" ? verified.message : bytes, asked.origin);
    if (rcode === undefined) return;
    this.#forget(id);
    this.#unansweredSince = undefined;
    this.#isTold = false;
    if (rcode === RCODE.NOERROR) {
      this.#acknowledged.set(asked.origin, asked.serial);
      this.#onEvent({ event: "notified", ...about, serial: asked.serial, tries: asked.tries });
    } else this.#onEvent({ event: "notify-refused", ...about, rcode });
    for (const origin of this.#givenUp) this.#queue.add(origin);
    this.#givenUp.clear();
    this.#work();
  }
}

const isSame = (one: Uint8Array, other: Uint8Array): boolean => Buffer.compare(one, other) === 0;

/**
 * Whether a server does not know the zone and says so without a signature, as NSD does. To believe it costs little: the secondary finds the change at its
 * refresh, and whoever forges it has to guess port and ID.
 */
function isUnsignedRefusal(verified: VerifiedResponse, bytes: Uint8Array, origin: string): boolean {
  if (verified.signature !== "invalid" || verified.problem !== "unsigned") return false;
  const rcode = notifyRcode(bytes, origin);
  return rcode === RCODE.REFUSED || rcode === RCODE.NOTAUTH;
}
