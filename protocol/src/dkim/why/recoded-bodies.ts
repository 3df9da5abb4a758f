import { isAscii } from "../../mail/octets.ts";
import type { BodyText, BodyVariant } from "./body-text.ts";
import { leavesOf, valueOf, withEncoding, type MimeEntity } from "./mime.ts";
import { GrowingText, inPieces, piecesOf, type Pace } from "./pace.ts";
import {
  decodeBase64Lines,
  decodeQuotedPrintable,
  encodeBase64Lines,
  encodeQuotedPrintable,
} from "./transfer-encoding.ts";

/** The content of an entity in another transfer encoding; undefined where it has none. */
type Recode = (
  entity: MimeEntity,
  content: string,
  encoding: string,
) => Promise<{ encoding: string; content: string } | undefined>;

/** The bodies with the content of their leaves written in another transfer encoding, their fields saying so. Each comes once. */
async function* recoded(body: BodyText, pace: Pace, recodes: readonly Recode[]): AsyncIterable<BodyVariant> {
  const leaves = await leavesOf(body.text, body.fields, pace);
  const seen = new Set<string>();
  for (const recode of recodes) {
    const text = await recodeLeaves(body, leaves, recode, pace);
    if (text === undefined || seen.has(text)) continue;
    seen.add(text);
    yield { text };
  }
}

async function recodeLeaves(
  { text, fields }: BodyText,
  leaves: readonly MimeEntity[],
  recode: Recode,
  pace: Pace,
): Promise<string | undefined> {
  const changed = new GrowingText();
  let copied = 0;
  for (const leaf of leaves) {
    const encoding = valueOf(leaf.fields, "content-transfer-encoding").toLowerCase();
    const content = await recode(leaf, text.slice(leaf.bodyStart, leaf.end), encoding);
    // A leaf has 64 KiB of fields at most, and they are read each time.
    await pace.worked(leaf.bodyStart - leaf.start);
    if (content === undefined) continue;
    const isWhole = leaf.start === 0 && leaf.fields === fields;
    const head = isWhole
      ? ""
      : leaf.fields.length === 0
        ? text.slice(leaf.start, leaf.bodyStart)
        : `${withEncoding(leaf, content.encoding)}\r\n`;
    changed.push(text.slice(copied, leaf.start), head, content.content);
    copied = leaf.end;
  }
  if (changed.isEmpty) return undefined;
  changed.push(text.slice(copied));
  return changed.text();
}

const withCrlf = (text: string, pace: Pace): Promise<string> =>
  inPieces(text, pace, (piece) => piece.replace(/(?<!\r)\n/g, "\r\n"));

async function isAsciiThroughout(text: string, pace: Pace): Promise<boolean> {
  for await (const piece of piecesOf(text, pace)) if (!isAscii(piece)) return false;
  return true;
}

/** Was 8bit or 7bit, is encoded: sendmail, Postfix, Exchange and lists do so. The signed field said 8bit, or 7bit for ASCII. */
export function decoded(body: BodyText, pace: Pace): AsyncIterable<BodyVariant> {
  const textOf = async (entity: MimeEntity, content: string, encoding: string): Promise<string | undefined> => {
    if (encoding !== "base64") return decodeQuotedPrintable(content, pace);
    const plain = isText(entity) ? await decodeBase64Lines(content, pace) : undefined;
    return plain && withCrlf(plain, pace);
  };
  const plain =
    (encodings: readonly string[], chosen: "all" | "non-ascii", ascii: "7bit" | "8bit"): Recode =>
    async (entity, content, encoding) => {
      if (!encodings.includes(encoding)) return undefined;
      const text = await textOf(entity, content, encoding);
      if (!text) return undefined;
      const isPlain = await isAsciiThroughout(text, pace);
      return chosen === "non-ascii" && isPlain ? undefined : { encoding: isPlain ? ascii : "8bit", content: text };
    };
  return recoded(body, pace, [
    plain(["quoted-printable"], "all", "7bit"),
    plain(["quoted-printable"], "non-ascii", "8bit"),
    plain(["quoted-printable"], "all", "8bit"),
    plain(["base64"], "all", "7bit"),
    plain(["base64"], "all", "8bit"),
    plain(["base64", "quoted-printable"], "all", "7bit"),
  ]);
}

const isText = (entity: MimeEntity): boolean => /^(?:text\/|$)/i.test(valueOf(entity.fields, "content-type"));

/** A longer text is not encoded anew. */
const encodedOctetsMax = 1024 * 1024;

/** Was base64 or quoted-printable, and is another: the usual ways to write it are tried. */
export function encoded(body: BodyText, pace: Pace): AsyncIterable<BodyVariant> {
  const plainOf = async (entity: MimeEntity, content: string, encoding: string): Promise<string | undefined> => {
    if (encoding === "base64") return decodeBase64Lines(content, pace);
    if (encoding === "quoted-printable") return decodeQuotedPrintable(content, pace);
    return isText(entity) ? content : undefined;
  };
  const toBase64 =
    (lineOctets: number, lineEnd: "\r\n" | "\n"): Recode =>
    async (entity, content, encoding) => {
      const plain = encoding === "base64" ? undefined : await plainOf(entity, content, encoding);
      if (plain === undefined || plain === "" || plain.length > encodedOctetsMax) return undefined;
      // The line end before the delimiter is the delimiter's, the content had one of its own.
      const ended = plain.endsWith("\r\n") ? plain : `${plain}\r\n`;
      const text = await inPieces(ended, pace, (piece) => piece.replaceAll("\r\n", lineEnd));
      return { encoding: "base64", content: `${await encodeBase64Lines(text, lineOctets, pace)}\r\n` };
    };
  const toQuotedPrintable: Recode = async (entity, content, encoding) => {
    if (encoding === "quoted-printable" || !isText(entity)) return undefined;
    const plain = await plainOf(entity, content, encoding);
    if (plain === undefined || plain.length > encodedOctetsMax) return undefined;
    const text = await withCrlf(plain, pace);
    return { encoding: "quoted-printable", content: await encodeQuotedPrintable(text, pace) };
  };
  return recoded(body, pace, [toBase64(76, "\r\n"), toBase64(76, "\n"), toQuotedPrintable, toBase64(72, "\n")]);
}

/** Was base64 in lines of another length. */
export function rewrapped(body: BodyText, pace: Pace): AsyncIterable<BodyVariant> {
  const wrap =
    (lineOctets: number): Recode =>
    async (_, content, encoding) => {
      const plain = encoding === "base64" ? await decodeBase64Lines(content, pace) : undefined;
      if (plain === undefined) return undefined;
      const lines = await encodeBase64Lines(plain, lineOctets, pace);
      const wrapped = content.endsWith("\r\n") ? `${lines}\r\n` : lines;
      return wrapped === content ? undefined : { encoding: "base64", content: wrapped };
    };
  return recoded(body, pace, [76, 72, 64, 60].map(wrap));
}
