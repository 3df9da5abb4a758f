/** Who asks, and how. */
export type Via = {
  readonly transport: "udp" | "tcp";
  /** The client's IP address as text. */
  readonly from: string;
  /** The same in 4 or 16 octets. */
  readonly octets: Uint8Array;
  /** The reply is copied before the next query comes, so its octets may lie in memory that is used again. Absent: it is kept. */
  readonly reply?: "copied";
};

/**
 * The octets of a reply, now or later; undefined means silence; several messages, over TCP only, are pulled one by one as the client takes them.
 * Must not throw. The octets of `query` may be others when this has returned: what is looked at later has to be copied.
 */
export type AnswerQuery = (query: Uint8Array, via: Via) => Reply | Promise<Reply>;

export type Reply = Uint8Array | undefined | Iterable<Uint8Array>;

export type OnError = (error: unknown) => void;
