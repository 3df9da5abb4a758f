const lf = 0x0a;
const cr = 0x0d;

/** A message with the line ends that mail has. `converted`: its lines ended in LF. */
export type WithCrlf = { ok: true; octets: Uint8Array; converted: boolean } | { ok: false; problem: string };

/**
 * Mail has CRLF; octets whose lines all end in LF are read as CRLF. Mixed line ends are refused: nobody can say what was
 * signed.
 */
export function withCrlf(octets: Uint8Array): WithCrlf {
  let bare = 0;
  let crlf = 0;
  for (let at = octets.indexOf(lf); at >= 0; at = octets.indexOf(lf, at + 1))
    if (octets[at - 1] === cr) crlf++;
    else bare++;
  if (bare === 0) return { ok: true, octets, converted: false };
  if (crlf > 0) {
    const problem = `${crlf} lines end in CRLF and ${bare} in LF; mail has CRLF. Save the message as it was received, or convert all of it`;
    return { ok: false, problem };
  }
  const converted = new Uint8Array(octets.length + bare);
  let to = 0;
  for (const octet of octets) {
    if (octet === lf) converted[to++] = cr;
    converted[to++] = octet;
  }
  return { ok: true, octets: converted, converted: true };
}
