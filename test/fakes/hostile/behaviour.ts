import { formatMessage, TYPE, type Message, type ResourceRecord } from "chancery/dns";
import { replyTo } from "../../../server/src/engine/resolver/test-authority.ts";

/** The servers of a hostile zone. `udp-only` refuses TCP connections; at `dead` nobody listens. */
export type HostileServer = "first" | "second" | "udp-only" | "dead";

/** One query as it arrived. `turn` counts those for the same name and type before it, over all servers and transports. */
export type Seen = {
  zone: string;
  name: string;
  type: number;
  transport: "udp" | "tcp";
  server: HostileServer | "root";
  turn: number;
  query: Message;
  bytes: Uint8Array;
};

/**
 * One thing sent back. `elsewhere`: from another address than was asked. `dribble`: an octet at a time, and `endless` stops
 * before the last. `half`: the first half at once, and no more. `hang-up`: the TCP connection ends with what was said before.
 */
export type Sent =
  | "hang-up"
  | { octets: Uint8Array; afterMs?: number; from?: "elsewhere"; pace?: "dribble" | "endless" | "half" };
/** What becomes of a question; nothing sent is silence. */
export type Reply = readonly Sent[];

/** How a zone misbehaves. What is left out is sound. */
export type Behaviour = {
  /** In words, for people who read a failing test. */
  does: string;
  /** Records beside SOA, NS and the servers' addresses, relative to the zone; absent means a key at `s1._domainkey`. */
  zone?: string;
  /** What is sent for a question, given the sound reply. */
  reply?: (seen: Seen, sound: Message) => Reply;
  /** Who serves it; absent means "first" and "second". */
  servers?: readonly HostileServer[];
  /** What the root says of the zone instead of a referral to `servers`. */
  referral?: (query: Message, zone: string) => Message;
};

export const keyText = "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";
export const forgedText = "v=DKIM1; k=ed25519; p=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

export const silence: Reply = [];
export const send = (message: Message): Reply => [{ octets: formatMessage(message) }];
export const failing = (rcode: number) => (seen: Seen) =>
  send(replyTo(seen.query, { rcode, authoritative: false, answers: [] }));

/** The same change for the key's own question alone, so that SOA, NS and addresses of the zone stay sound. */
export const atKey =
  (change: (seen: Seen, sound: Message) => Reply) =>
  (seen: Seen, sound: Message): Reply =>
    seen.name === `s1._domainkey.${seen.zone}` && seen.type === TYPE.TXT ? change(seen, sound) : send(sound);

/** A sound reply over UDP says "ask over TCP"; what happens there is the rest. */
export const overTcp = (change: (seen: Seen, sound: Message) => Reply) =>
  atKey((seen, sound) =>
    seen.transport === "udp" ? send(replyTo(seen.query, { truncated: true })) : change(seen, sound),
  );

/** A reply with hand-made octets behind the question; `records` is what its header announces in the answer section. */
export function handmade(seen: Seen, records: number, behind: (questionEnd: number) => Uint8Array): Reply {
  const questionEnd = endOfQuestion(seen.bytes);
  const octets = behind(questionEnd);
  const reply = new Uint8Array(questionEnd + octets.length);
  reply.set(seen.bytes.subarray(0, questionEnd));
  reply.set(octets, questionEnd);
  const view = new DataView(reply.buffer);
  view.setUint16(2, 0x8400); // QR and AA
  view.setUint16(4, 1);
  view.setUint16(6, records);
  view.setUint32(8, 0);
  return [{ octets: reply }];
}

function endOfQuestion(query: Uint8Array): number {
  let at = 12;
  while (query[at] !== 0) at += 1 + (query[at] ?? 0);
  return at + 5;
}

/** Where the name of the question stands, as a compression pointer. */
export const pointerToQuestion = [0xc0, 12] as const;

export const recordOf = (name: string, type: number, data: Uint8Array, ttl = 300): ResourceRecord => ({
  name,
  type,
  ttl,
  data,
});
