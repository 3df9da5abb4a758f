import { headerField, splitHeaderUpToLimit, fieldValue, type HeaderField } from "../../mail/header.ts";
import { octetsOf, trimFws } from "../../mail/octets.ts";
import { find } from "./lines.ts";
import { parsingFactor, type Pace } from "./pace.ts";

/** As much of MIME as is wanted to undo what gateways do to it (RFC 2045, RFC 2046). Octet text and offsets into it. */
export type MimeEntity = {
  /** Where its own header begins (a part's) and where its body begins and ends. The message's own: 0, 0, length. */
  start: number;
  bodyStart: number;
  end: number;
  fields: readonly HeaderField[];
};

const partsMax = 200;
const depthMax = 8;
const partHeaderOctetsMax = 65_536;

/** The `boundary` of a multipart Content-Type; undefined for every other one. */
export function boundaryOf(contentType: string): string | undefined {
  if (!/^\s*multipart\//i.test(contentType)) return undefined;
  const match = /;[ \t\r\n]*boundary[ \t\r\n]*=[ \t\r\n]*(?:"([^"]{1,200})"|([^\s;"]{1,200}))/i.exec(
    contentType.slice(0, 4096),
  );
  return match?.[1] ?? match?.[2];
}

export const fieldOf = (fields: readonly HeaderField[], lowerName: string): HeaderField | undefined =>
  fields.find((field) => field.lowerName === lowerName);

/** The value of a field without folds and white space at its ends; empty when there is no such field. */
export function valueOf(fields: readonly HeaderField[], lowerName: string): string {
  const field = fieldOf(fields, lowerName);
  return field === undefined ? "" : trimFws(fieldValue(field).replaceAll("\r\n", ""));
}

/** The parts between the delimiter lines of a multipart body; those past a limit are left out. */
export async function partsOf(text: string, entity: MimeEntity, boundary: string, pace: Pace): Promise<MimeEntity[]> {
  const parts: MimeEntity[] = [];
  let open: number | undefined;
  const delimiter = `--${boundary}`;
  const next = async (from: number): Promise<number> => {
    const lineEnd = await find(text, `\r\n${delimiter}`, from, entity.end - 2, pace);
    return lineEnd < 0 ? -1 : lineEnd + 2;
  };
  const { bodyStart, end } = entity;
  let at = bodyStart < end && text.startsWith(delimiter, bodyStart) ? bodyStart : await next(bodyStart);
  for (; at >= 0 && parts.length < partsMax; at = await next(at + delimiter.length)) {
    if (open !== undefined) {
      const part = entityAt(text, open, Math.max(open, at - 2));
      parts.push(part);
      await pace.worked(parsingFactor * (part.bodyStart - part.start));
    }
    const lineEnd = await find(text, "\r\n", at + delimiter.length, text.length, pace);
    open = lineEnd < 0 || text.startsWith("--", at + delimiter.length) ? undefined : lineEnd + 2;
    if (open === undefined) break;
  }
  return parts;
}

function entityAt(text: string, start: number, end: number): MimeEntity {
  if (text.startsWith("\r\n", start)) return { start, bodyStart: Math.min(start + 2, end), end, fields: [] };
  const cut = text.slice(start, Math.min(end, start + partHeaderOctetsMax)).indexOf("\r\n\r\n");
  const headerEnd = cut < 0 ? start : start + cut + 2;
  const { fields } = splitHeaderUpToLimit(octetsOf(text.slice(start, headerEnd)));
  return { start, bodyStart: cut < 0 ? start : headerEnd + 2, end, fields };
}

/** The fields of the first two parts of a message's multipart body; none when it is no multipart. */
export async function firstPartFields(
  text: string,
  fields: readonly HeaderField[],
  pace: Pace,
): Promise<(readonly HeaderField[])[]> {
  const boundary = boundaryOf(valueOf(fields, "content-type"));
  if (boundary === undefined) return [];
  const start = text.slice(0, firstPartsOctetsMax);
  const parts = await partsOf(start, { start: 0, bodyStart: 0, end: start.length, fields }, boundary, pace);
  return parts.slice(0, 2).map((part) => part.fields);
}
const firstPartsOctetsMax = 1024 * 1024;

/** The entities that are no multipart, in order; the body itself when it is none. */
export async function leavesOf(text: string, fields: readonly HeaderField[], pace: Pace): Promise<MimeEntity[]> {
  const leaves: MimeEntity[] = [];
  const visit = async (entity: MimeEntity, depth: number): Promise<void> => {
    const boundary = depth < depthMax ? boundaryOf(valueOf(entity.fields, "content-type")) : undefined;
    const parts = boundary === undefined ? [] : await partsOf(text, entity, boundary, pace);
    if (parts.length === 0) leaves.push(entity);
    else for (const part of parts) if (leaves.length < partsMax) await visit(part, depth + 1);
  };
  await visit({ start: 0, bodyStart: 0, end: text.length, fields }, 0);
  return leaves;
}

/** The part's header with another Content-Transfer-Encoding; as it is when it names none. */
export function withEncoding(entity: MimeEntity, encoding: string): string {
  return entity.fields
    .map(({ raw }) => raw)
    .map((raw) =>
      headerField(raw).lowerName === "content-transfer-encoding"
        ? `${raw.slice(0, raw.indexOf(":") + 1)} ${encoding}\r\n`
        : raw,
    )
    .join("");
}
