import { fieldValue, octetsOf, octetText, splitHeader, trimFws, type HeaderField } from "chancery/mail";

/** As much of MIME as it takes to find what is attached (RFC 2045, RFC 2046): a part that holds no others. */
export type MimeLeaf = {
  /** Lower case, without parameters; `text/plain` where it does not say. */
  type: string;
  /** What it calls itself, undecoded. Undefined: nothing. */
  fileName: string | undefined;
  octets: () => Uint8Array;
};

const partsMax = 50;
const depthMax = 5;
const headerOctetsMax = 256 * 1024;

/**
 * The leaves of a mail, in order. Its lines may end in LF. Parts past the limits are left out: a report mail has two. Each octet
 * is looked at a few times at most, whatever the parts are.
 */
export function mimeLeaves(mail: Uint8Array): MimeLeaf[] {
  const text = octetText(mail);
  const reader = new MimeReader(/(?:^|[^\r])\n/.test(text) ? text.replace(/\r?\n/g, "\r\n") : text);
  return reader.leaves();
}

class MimeReader {
  readonly #text: string;
  readonly #leaves: MimeLeaf[] = [];
  #parts = 0;

  constructor(text: string) {
    this.#text = text;
  }

  leaves(): MimeLeaf[] {
    this.#visit(0, this.#text.length, 0);
    return this.#leaves;
  }

  /** An entity from its header to its end. */
  #visit(start: number, end: number, depth: number): void {
    if (++this.#parts > partsMax || depth > depthMax) return;
    const isHeaderless = this.#text.startsWith("\r\n", start);
    const head = this.#text.slice(start, Math.min(end, start + headerOctetsMax));
    const cut = isHeaderless ? 0 : head.indexOf("\r\n\r\n");
    if (cut < 0) return;
    const bodyStart = start + cut + (isHeaderless ? 2 : 4);
    const fields = splitHeader(octetsOf(head.slice(0, cut + 2)));
    if (!fields.ok || bodyStart > end) return;
    const contentType = valueOf(fields.value, "content-type");
    const boundary = boundaryOf(contentType);
    if (boundary === undefined) this.#leaves.push(this.#leaf(fields.value, contentType, bodyStart, end));
    else this.#visitParts(boundary, bodyStart, end, depth + 1);
  }

  /** What stands between delimiter lines (RFC 2046 §5.1.1). A part that nothing closes ends with what it stands in. */
  #visitParts(boundary: string, bodyStart: number, end: number, depth: number): void {
    const delimiter = `--${boundary}`;
    let open: number | undefined;
    let at = this.#text.startsWith(delimiter, bodyStart) ? bodyStart : this.#delimiterAfter(delimiter, bodyStart, end);
    while (at !== undefined && this.#parts <= partsMax) {
      if (open !== undefined) this.#visit(open, Math.max(open, at - 2), depth);
      const lineEnd = this.#text.indexOf("\r\n", at + delimiter.length);
      const isLast = this.#text.startsWith("--", at + delimiter.length);
      open = isLast || lineEnd < 0 || lineEnd + 2 > end ? undefined : lineEnd + 2;
      at = open === undefined ? undefined : this.#delimiterAfter(delimiter, open - 2, end);
    }
    if (open !== undefined && at === undefined) this.#visit(open, end, depth);
  }

  #delimiterAfter(delimiter: string, from: number, end: number): number | undefined {
    for (let at = this.#text.indexOf("\r\n--", from); at >= 0 && at < end; at = this.#text.indexOf("\r\n--", at + 2))
      if (this.#text.startsWith(delimiter, at + 2)) return at + 2;
    return undefined;
  }

  #leaf(fields: readonly HeaderField[], contentType: string, start: number, end: number): MimeLeaf {
    const encoding = valueOf(fields, "content-transfer-encoding").toLowerCase();
    return {
      type: /^[a-z0-9.+-]+\/[a-z0-9.+-]+/.exec(contentType.toLowerCase())?.[0] ?? "text/plain",
      fileName: fileNameIn(valueOf(fields, "content-disposition")) ?? fileNameIn(contentType),
      octets: () => decoded(this.#text.slice(start, end), encoding),
    };
  }
}

const valueOf = (fields: readonly HeaderField[], name: string): string => {
  const field = fields.find(({ lowerName }) => lowerName === name);
  return field === undefined ? "" : trimFws(fieldValue(field).slice(0, 4096).replaceAll("\r\n", ""));
};

const boundaryOf = (contentType: string): string | undefined => {
  if (!/^multipart\//i.test(contentType)) return undefined;
  const match = /;[ \t]{0,20}boundary[ \t]{0,20}=[ \t]{0,20}(?:"([^"]{1,200})"|([^\s;"]{1,200}))/i.exec(contentType);
  return match?.[1] ?? match?.[2];
};

const fileNameIn = (value: string): string | undefined => {
  const match = /\b(?:file)?name[ \t]{0,20}=[ \t]{0,20}(?:"([^"]{1,300})"|([^\s;"]{1,300}))/i.exec(value);
  return match?.[1] ?? match?.[2];
};

function decoded(text: string, encoding: string): Uint8Array {
  if (encoding === "base64") return Buffer.from(text, "base64");
  if (encoding !== "quoted-printable") return octetsOf(text);
  const unfolded = text.replace(/=\r\n/g, "");
  return octetsOf(
    unfolded.replace(/=([0-9A-Fa-f]{2})/g, (_escape, digits: string) =>
      String.fromCharCode(Number.parseInt(digits, 16)),
    ),
  );
}
