const CRLF_DOT = Buffer.from("\n.");

/** The sending side of DATA (RFC 5321 §4.5.2): a dot before each line that begins with one. Nothing else changes. */
export class DotStuffer {
  #lineStart = true;

  feed(chunk: Buffer): Buffer {
    if (chunk.length === 0) return chunk;
    const pieces: Buffer[] = [];
    if (this.#lineStart && chunk[0] === 0x2e) pieces.push(CRLF_DOT.subarray(1));
    let from = 0;
    for (let at = chunk.indexOf(CRLF_DOT); at >= 0; at = chunk.indexOf(CRLF_DOT, at + 1)) {
      pieces.push(chunk.subarray(from, at + 1), CRLF_DOT.subarray(1));
      from = at + 1;
    }
    this.#lineStart = chunk.at(-1) === 0x0a;
    if (pieces.length === 0) return chunk;
    return Buffer.concat([...pieces, chunk.subarray(from)]);
  }

  /** What ends the message: <CRLF> first where the last line lacks it. */
  end(): string {
    return this.#lineStart ? ".\r\n" : "\r\n.\r\n";
  }
}
