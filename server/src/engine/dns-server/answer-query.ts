/** The octets of a reply, now or later; undefined means silence. Must not throw. `from` is the client's IP address. */
export type AnswerQuery = (
  query: Uint8Array,
  via: { readonly transport: "udp" | "tcp"; readonly from: string },
) => Uint8Array | undefined | Promise<Uint8Array | undefined>;

export type OnError = (error: unknown) => void;
