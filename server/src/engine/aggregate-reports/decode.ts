import { TextDecoder } from "node:util";
import type { ReportRemark } from "chancery/dmarc";

/** The encodings that reports have been seen in, as their first line names them. Everything else is read as UTF-8. */
const labels: Readonly<Record<string, string>> = {
  "windows-1252": "windows-1252",
  "iso-8859-1": "windows-1252",
  "iso-8859-15": "iso-8859-15",
  "us-ascii": "utf-8",
};

/** Turns the octets of a report into text, piece by piece. What is no text in its encoding is replaced and remarked on. */
export class TextReader {
  readonly #remark: (remark: ReportRemark) => void;
  #decoder: TextDecoder | undefined;

  constructor(remark: (remark: ReportRemark) => void) {
    this.#remark = remark;
  }

  read(piece: Uint8Array): string {
    this.#decoder ??= new TextDecoder(encodingOf(piece));
    return this.#checked(this.#decoder.decode(piece, { stream: true }));
  }

  end(): string {
    return this.#checked(this.#decoder?.decode() ?? "");
  }

  #checked(text: string): string {
    if (text.includes("\ufffd")) this.#remark("undecodable-text");
    return text;
  }
}

/** UTF-16 by its mark or by the zero beside `<`; else what the XML declaration says (XML 1.0 Appendix F). */
function encodingOf(piece: Uint8Array): string {
  const [first, second] = piece;
  if ((first === 0xff && second === 0xfe) || (first === 0x3c && second === 0)) return "utf-16le";
  if ((first === 0xfe && second === 0xff) || (first === 0 && second === 0x3c)) return "utf-16be";
  const start = Buffer.from(piece.subarray(0, declarationOctetsMax)).toString("latin1");
  const declared =
    /^(?:\xef\xbb\xbf)?\s*<\?xml [^>]{0,100}?encoding\s{0,10}=\s{0,10}["']([A-Za-z0-9._-]{1,40})["']/.exec(start)?.[1];
  return labels[declared?.toLowerCase() ?? ""] ?? "utf-8";
}
const declarationOctetsMax = 256;
