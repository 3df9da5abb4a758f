import {
  answer,
  bareReply,
  deltasSince,
  incrementalTransfer,
  OPCODE,
  parseMessage,
  RCODE,
  readTransferRequest,
  TYPE,
  udpOctetsMax,
  verifyRequest,
  zoneOfOrigin,
  zoneTransfer,
  type Message,
  type TransferHead,
  type TransferRequest,
  type TsigKey,
  type TsigSigner,
  type Zone,
} from "chancery/dns";
import type { Reply, Via } from "../dns-server/answer-query.ts";
import type { TransferResponder } from "../dns-server/respond.ts";
import type { Served } from "../dns-server/served.ts";
import { secondaryFinder, type Secondary } from "./secondary.ts";
import type { DenialReason, TransferEvent, TransferKind } from "./transfer-events.ts";
import { TransferSlots } from "./transfer-slots.ts";
import { TransferStream } from "./transfer-stream.ts";

export type TransferOptions = {
  served: () => Served;
  keys: readonly TsigKey[];
  secondaries: readonly Secondary[];
  /** Epoch seconds. */
  now: () => number;
  /** Names this server to those who ask (RFC 5001). */
  nsid?: Uint8Array;
  /** Absent: 200 at once, 60 of one secondary, which is more than the connections that one address may have. */
  limits?: { transfersMax: number; transfersPerSecondaryMax: number };
  onEvent: (event: TransferEvent) => void;
  /** Told of each request that a secondary signed, from its address. */
  onAsked?: (secondary: string) => void;
};

/** INFO-CODEs of RFC 8914. */
const EXTENDED_ERROR = { NOT_READY: 14, PROHIBITED: 18, NOT_AUTHORITATIVE: 20 } as const;
const tcpOctetsMax = 65_535;
/** Over UDP whoever has no key may have forged its address: no more than so many refusals a second leave here, to all of them. */
const refusalsPerSecondMax = 200;

/** Somebody who signed a request, and the request without the signature. */
type Signed = { message: Uint8Array; signer: TsigSigner; keyName: string; via: Via };

/**
 * Answers those who hold copies of our zones: transfers, queries that are signed, and NOTIFY, which we refuse because the database tells us what
 * changes. A transfer needs a key and an address of one secondary; everybody else gets REFUSED, whatever the zone.
 */
export const createTransferResponder = (options: TransferOptions): TransferResponder => new Responder(options);

class Responder implements TransferResponder {
  readonly #options: TransferOptions;
  readonly #keys: ReadonlyMap<string, TsigKey>;
  readonly #findSecondary: ReturnType<typeof secondaryFinder>;
  readonly #slots: TransferSlots;
  #second = 0;
  #refusals = 0;

  constructor(options: TransferOptions) {
    this.#options = options;
    this.#keys = new Map(options.keys.map((key) => [key.name, key]));
    this.#findSecondary = secondaryFinder(options.secondaries);
    this.#slots = new TransferSlots(options.limits ?? { transfersMax: 200, transfersPerSecondaryMax: 60 });
  }

  #denied(via: Via, reason: DenialReason, origin?: string, keyName?: string): void {
    this.#options.onEvent({ event: "denied", from: via.from, origin, keyName, reason });
  }

  /** A refusal to somebody who has shown no key. */
  #limited(reply: Uint8Array | undefined, via: Via): Reply {
    if (via.transport === "tcp") return reply;
    const at = Math.floor(this.#options.now());
    this.#refusals = at === this.#second ? this.#refusals + 1 : 1;
    this.#second = at;
    return this.#refusals <= refusalsPerSecondMax ? reply : undefined;
  }

  respond(query: Uint8Array, via: Via): Reply {
    const verified = verifyRequest(query, this.#keys, this.#options.now());
    switch (verified.signature) {
      case "malformed":
        this.#denied(via, "malformed");
        return this.#limited(verified.response, via);
      case "refused":
        this.#denied(via, verified.error, undefined, verified.keyName);
        return this.#limited(verified.response, via);
      case "none": {
        if (opcodeOf(query) === OPCODE.NOTIFY) return this.#limited(notifyReply(this.#options.served(), query), via);
        const request = readTransferRequest(query);
        this.#denied(via, "not-signed", request.ok ? request.value.origin : undefined);
        return this.#limited(refusal(query, RCODE.REFUSED, EXTENDED_ERROR.PROHIBITED), via);
      }
      case "valid":
        return this.#respondSigned({ ...verified, keyName: verified.key.name, via });
    }
  }

  #respondSigned(asked: Signed): Reply {
    const { message, signer, keyName, via } = asked;
    const secondary = this.#findSecondary(via.from, keyName);
    if (secondary) this.#options.onAsked?.(secondary.name);
    if (opcodeOf(message) === OPCODE.NOTIFY) return this.#signed(notifyReply(this.#options.served(), message), asked);
    if (opcodeOf(message) === OPCODE.QUERY && isTransfer(message)) return this.#transfer(asked);
    const asker = secondary ? "secondary" : "everyone";
    const reply = answer(this.#options.served().zones, message, via.transport, {
      asker,
      ...(this.#options.nsid && { nsid: this.#options.nsid }),
    });
    if (via.transport === "tcp" || !reply || reply.length + signer.octets <= udpOctetsOf(message))
      return this.#signed(reply, asked);
    return this.#signed(truncated(message, reply[3]! & 0xf), asked);
  }

  #transfer(asked: Signed): Reply {
    const { message, keyName, via } = asked;
    const deny = (reason: DenialReason, rcode: number, extendedError?: number, origin?: string): Reply => {
      this.#denied(via, reason, origin, keyName);
      return this.#signed(refusal(message, rcode, extendedError), asked);
    };
    const read = readTransferRequest(message);
    const origin = read.ok ? read.value.origin : undefined;
    const secondary = this.#findSecondary(via.from, keyName);
    if (!secondary) return deny("not-a-secondary", RCODE.REFUSED, EXTENDED_ERROR.PROHIBITED, origin);
    if (!read.ok) return deny("malformed", RCODE.FORMERR);
    const request = read.value;
    if (request.kind === "axfr" && via.transport === "udp") return this.#signed(refusal(message, RCODE.FORMERR), asked); // RFC 5936 §4.2
    const view = this.#options.served();
    const zone = zoneOfOrigin(view.zones, request.origin);
    if (zone === undefined) return deny("not-served", RCODE.NOTAUTH, EXTENDED_ERROR.NOT_AUTHORITATIVE, origin);
    if (zone === "not-ready") return deny("not-served", RCODE.SERVFAIL, EXTENDED_ERROR.NOT_READY, origin);
    if (zone.signing) return deny("signed-here", RCODE.REFUSED, EXTENDED_ERROR.PROHIBITED, origin);
    const deltas =
      request.kind === "axfr" ? undefined : deltasSince(zone, view.history(request.origin), request.serial);
    const sent: TransferKind = deltas === undefined ? "axfr" : deltas.length > 0 ? "ixfr" : "current";
    if (via.transport === "udp") return this.#datagram(asked, request, zone, deltas);
    const release = this.#slots.take(secondary.name);
    if (!release) return deny("too-many-transfers", RCODE.SERVFAIL, undefined, origin);
    const octets = tcpOctetsMax - asked.signer.octets;
    const head = headOf(request, octets, octets);
    const messages = deltas === undefined ? zoneTransfer(zone, head) : incrementalTransfer(zone, deltas, head);
    const what = { secondary: secondary.name, from: via.from, origin: zone.origin, sent, serial: zone.serial };
    return new TransferStream(messages, asked.signer, this.#options.now, ({ end, messages: count, octets }) => {
      release();
      if (end === "sent") this.#options.onEvent({ event: end, ...what, messages: count, octets });
      else this.#options.onEvent({ event: end, ...what, messages: count });
    });
  }

  /** RFC 1995 §2: what does not fit into a datagram is the current SOA instead, and the client comes again over TCP. */
  #datagram(
    asked: Signed,
    request: TransferRequest,
    zone: Zone,
    deltas: Parameters<typeof incrementalTransfer>[1] | undefined,
  ): Reply {
    const octets = udpOctetsOf(asked.message) - asked.signer.octets;
    const head = headOf(request, octets, tcpOctetsMax);
    const wholeIfItFits = (changes: NonNullable<typeof deltas>): Uint8Array | undefined => {
      const messages = incrementalTransfer(zone, changes, head);
      const first = messages.next();
      return first.done !== true && first.value.length <= octets && messages.next().done === true
        ? first.value
        : undefined;
    };
    const reply = wholeIfItFits(deltas ?? []) ?? wholeIfItFits([]);
    return this.#signed(reply ?? truncated(asked.message, RCODE.NOERROR), asked);
  }

  #signed(reply: Uint8Array | undefined, { signer }: Signed): Reply {
    return reply && signer.sign(reply, this.#options.now());
  }
}

const opcodeOf = (message: Uint8Array): number => (message[2]! >> 3) & 0xf;

function messageOf(bytes: Uint8Array): Message | undefined {
  const message = parseMessage(bytes);
  return message.ok ? message.value : undefined;
}

const isTransfer = (bytes: Uint8Array): boolean => {
  const type = messageOf(bytes)?.questions[0]?.type;
  return type === TYPE.AXFR || type === TYPE.IXFR;
};

const headOf = ({ question, edns }: TransferRequest, full: number, max: number): TransferHead => ({
  question,
  ...(edns && { edns: { udpSize: udpOctetsMax, dnssecOk: edns.dnssecOk } }),
  fullOctets: full,
  octetsMax: max,
});

/** What the client takes over UDP, as far as we go along. */
const udpOctetsOf = (bytes: Uint8Array): number =>
  Math.min(udpOctetsMax, Math.max(512, messageOf(bytes)?.edns?.udpSize ?? 512));

const refusal = (message: Uint8Array, rcode: number, extendedError?: number): Uint8Array | undefined =>
  bareReply(message, rcode, messageOf(message)?.edns && (extendedError === undefined ? {} : { extendedError }));

/** What did not fit beside the signature: header and question alone, with TC (RFC 8945 §5.3). */
function truncated(message: Uint8Array, rcode: number): Uint8Array | undefined {
  const reply = refusal(message, rcode);
  if (reply) reply[2]! |= 0x06; // AA and TC
  return reply;
}

/** We are the primary of our zones, and no secondary of others: nobody has anything to tell us (RFC 1996 §3.10). */
function notifyReply({ zones }: Served, message: Uint8Array): Uint8Array | undefined {
  const name = messageOf(message)?.questions[0]?.name;
  if (name === undefined) return refusal(message, RCODE.FORMERR);
  const zone = zoneOfOrigin(zones, name.toLowerCase());
  const isOurs = zone !== undefined && (zone === "not-ready" || zone.audience === "everyone");
  return isOurs
    ? refusal(message, RCODE.REFUSED, EXTENDED_ERROR.PROHIBITED)
    : refusal(message, RCODE.NOTAUTH, EXTENDED_ERROR.NOT_AUTHORITATIVE);
}
