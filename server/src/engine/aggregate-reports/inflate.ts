import { createGunzip, createInflateRaw, gunzipSync, inflateRawSync } from "node:zlib";
import { quarantine, type Quarantine } from "./quarantine.ts";
import type { ReportLimits } from "./limits.ts";

/** Pieces of a report, and why there is no more of it: nothing, where it ended. */
export type Pieces = AsyncGenerator<Uint8Array, Quarantine | undefined>;

/** What an archive's members share: how much may still come out. */
export type Budget = { octetsLeft: number };

/** What is decompressed in one go: threads and streams cost more than that, and it blocks others for a few milliseconds at most. */
const atOnce = { compressedOctetsMax: 16 * 1024, octetsMax: 512 * 1024 };

/**
 * Decompresses in pieces and stops at the limits, whatever the archive says of its size. What comes after the end of the
 * compressed octets is not looked at.
 */
export async function* inflate(
  compressed: Uint8Array,
  form: "gzip" | "deflate-raw",
  limits: ReportLimits,
  budget: Budget,
): Pieces {
  const small = inflateSmall(compressed, form);
  if (small !== undefined) {
    budget.octetsLeft -= small.length;
    if (budget.octetsLeft < 0) return tooLarge(limits);
    return yield* plain(small);
  }
  const stream = form === "gzip" ? createGunzip() : createInflateRaw();
  stream.end(compressed);
  let octets = 0;
  try {
    for await (const piece of stream as AsyncIterable<Uint8Array>) {
      octets += piece.length;
      budget.octetsLeft -= piece.length;
      if (octets > limits.ratioFreeOctets && octets > limits.ratioMax * compressed.length)
        return quarantine("compression-bomb", `over ${limits.ratioMax} octets come out for each that went in`);
      if (budget.octetsLeft < 0) return tooLarge(limits);
      yield piece;
    }
  } catch {
    return quarantine("broken-archive", "the compressed octets are damaged or cut off");
  } finally {
    stream.destroy();
  }
  return undefined;
}

/** Undefined: it is not small, or damaged; the stream will tell. */
function inflateSmall(compressed: Uint8Array, form: "gzip" | "deflate-raw"): Uint8Array | undefined {
  if (compressed.length > atOnce.compressedOctetsMax) return undefined;
  const options = { maxOutputLength: atOnce.octetsMax };
  try {
    return form === "gzip" ? gunzipSync(compressed, options) : inflateRawSync(compressed, options);
  } catch {
    return undefined;
  }
}

const tooLarge = ({ xmlOctetsMax }: ReportLimits): Quarantine =>
  quarantine("too-large", `over ${xmlOctetsMax} octets when unpacked`);

/** Octets that are there already, in pieces: others have their turn in between. */
export async function* plain(octets: Uint8Array): Pieces {
  for (let at = 0; at < octets.length; at += pieceOctets) {
    if (at > 0) await new Promise((resolve) => setImmediate(resolve));
    yield octets.subarray(at, at + pieceOctets);
  }
  return undefined;
}
const pieceOctets = 64 * 1024;
