import { formatMessage } from "chancery/dns";
import { replyTo } from "../../../server/src/engine/resolver/test-authority.ts";
import { atKey, overTcp, send, silence, type Behaviour } from "./behaviour.ts";

/** Silence, slowness, and trouble between UDP and TCP. */
export const transports = {
  timeout: { does: "never answers", reply: () => silence },
  "late-1s": {
    does: "takes 0.9 s for the key, longer than a walk waits at first",
    reply: atKey((_, sound) => [{ octets: formatMessage(sound), afterMs: 900 }]),
  },
  "late-5s": {
    does: "takes 4.9 s for the key",
    reply: atKey((_, sound) => [{ octets: formatMessage(sound), afterMs: 4900 }]),
  },
  "late-30s": {
    does: "takes 30 s for the key",
    reply: atKey((_, sound) => [{ octets: formatMessage(sound), afterMs: 30_000 }]),
  },
  "one-of-two-silent": {
    does: "has one server that answers and one that does not",
    reply: ({ server }, sound) => (server === "second" ? silence : send(sound)),
  },
  "one-of-two-dead": { does: "has one server, and one address where nobody is", servers: ["first", "dead"] },
  "all-dead": { does: "has no server at any address", servers: ["dead"] },
  "truncated-tcp-refused": {
    does: "truncates over UDP and refuses TCP",
    servers: ["udp-only"],
    reply: overTcp((_, sound) => send(sound)),
  },
  "truncated-tcp-silent": { does: "truncates over UDP and says nothing over TCP", reply: overTcp(() => silence) },
  "truncated-tcp-hangs-up": { does: "truncates over UDP and hangs up on TCP", reply: overTcp(() => ["hang-up"]) },
  "truncated-tcp-hangs-up-midway": {
    does: "truncates over UDP and hangs up in the middle of the reply",
    reply: overTcp((_, sound) => [{ octets: formatMessage(sound), pace: "half" }, "hang-up"]),
  },
  "truncated-tcp-dribble": {
    does: "truncates over UDP and sends the reply over TCP octet by octet",
    reply: overTcp((_, sound) => [{ octets: formatMessage(sound), pace: "dribble" }]),
  },
  "truncated-tcp-dribble-endless": {
    does: "truncates over UDP and never sends the last octet over TCP",
    reply: overTcp((_, sound) => [{ octets: formatMessage(sound), pace: "endless" }]),
  },
  "truncated-tcp-truncated": {
    does: "truncates over UDP and over TCP",
    reply: atKey(({ query }) => send(replyTo(query, { truncated: true }))),
  },
  "truncated-with-records": {
    does: "truncates over UDP with half of the records there, and over TCP says that there is no such name",
    reply: atKey(({ transport, query }, sound) =>
      send(transport === "udp" ? { ...sound, truncated: true } : replyTo(query, { rcode: 3 })),
    ),
  },
} as const satisfies Record<string, Behaviour>;
