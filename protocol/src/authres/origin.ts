import type { HeaderField } from "../mail/header.ts";

/**
 * Where a message comes from, as whoever takes it knows from the connection: from outside, or from a trusted host of ours. Then
 * `receivedByOurs` says how many Received fields on top were written by hosts of ours: each host adds one, and nobody outside
 * can add any above them. What Received fields themselves say proves nothing.
 */
export type Origin = "outside" | { receivedByOurs: number };

/** How many fields from the top hosts of ours can have written: those above the first Received field that is not theirs. */
export function fieldsOfOurs(header: readonly HeaderField[], origin: Origin): number {
  if (origin === "outside") return 0;
  let received = 0;
  for (const [at, { lowerName }] of header.entries())
    if (lowerName === "received" && ++received > origin.receivedByOurs) return at;
  return header.length;
}
