/**
 * White space as RFC 6376 §3.4.4 wants it: none before CRLF, one SP for each other run. `carried` stands before `octets`, which
 * end in neither white space nor CR. The result is lent to `sink`, at most 64 KiB at a time, never cut inside a CRLF.
 */
export function relaxLines(carried: string, octets: Uint8Array, sink: (canonical: Uint8Array) => void): void {
  let out = 0;
  let space = carried.startsWith(" ");
  if (carried.endsWith("\r")) {
    if (space && octets[0] !== 0x0a) scratch[out++] = 0x20;
    space = false;
    scratch[out++] = 0x0d;
  }
  for (let at = 0; at < octets.length; at++) {
    const octet = octets[at]!;
    if (octet === 0x20 || octet === 0x09) {
      space = true;
      continue;
    }
    if (space) {
      space = false;
      if (octet !== 0x0d || octets[at + 1] !== 0x0a) scratch[out++] = 0x20;
    }
    scratch[out++] = octet;
    if (out >= flushAt && octet !== 0x0d) {
      sink(scratch.subarray(0, out));
      out = 0;
    }
  }
  if (out > 0) sink(scratch.subarray(0, out));
}

const flushAt = 65_000;
const scratch = new Uint8Array(65_536);
