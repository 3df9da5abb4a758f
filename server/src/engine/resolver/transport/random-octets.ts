import { randomFillSync } from "node:crypto";

const drawn = new Uint8Array(8192);
let used = drawn.length;

/** Unpredictable octets, each given out once; drawn from the system many at a time. Valid until the next call. */
export function randomOctets(count: number): Uint8Array {
  if (used + count > drawn.length) {
    randomFillSync(drawn);
    used = 0;
  }
  used += count;
  return drawn.subarray(used - count, used);
}
