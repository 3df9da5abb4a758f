import { headerField, splitHeaderUpToLimit, fieldValue, type HeaderField } from "../../mail/header.ts";
import { octetsOf, trimFws } from "../../mail/octets.ts";

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
export function partsOf(text: string, entity: MimeEntity, boundary: string): MimeEntity[] {
  const parts: MimeEntity[] = [];
  let open: number | undefined;
  const delimiter = `--${boundary}`;
  for (let at = text.indexOf(delimiter, entity.bodyStart); at >= 0 && at < entity.end && parts.length < partsMax;) {
    const next = at + delimiter.length;
    if (at === entity.bodyStart || text.startsWith("\r\n", at - 2)) {
      if (open !== undefined) parts.push(entityAt(text, open, Math.max(open, at - 2)));
      const lineEnd = text.indexOf("\r\n", next);
      open = lineEnd < 0 || text.startsWith("--", next) ? undefined : lineEnd + 2;
      if (open === undefined) break;
    }
    at = text.indexOf(delimiter, next);
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
export function firstPartFields(text: string, fields: readonly HeaderField[]): (readonly HeaderField[])[] {
  const boundary = boundaryOf(valueOf(fields, "content-type"));
  if (boundary === undefined) return [];
  const start = text.slice(0, firstPartsOctetsMax);
  const parts = partsOf(start, { start: 0, bodyStart: 0, end: start.length, fields }, boundary);
  return parts.slice(0, 2).map((part) => part.fields);
}
const firstPartsOctetsMax = 1024 * 1024;

/** The entities that are no multipart, in order; the body itself when it is none. */
export function leavesOf(text: string, fields: readonly HeaderField[]): MimeEntity[] {
  const leaves: MimeEntity[] = [];
  const visit = (entity: MimeEntity, depth: number): void => {
    const boundary = depth < depthMax ? boundaryOf(valueOf(entity.fields, "content-type")) : undefined;
    const parts = boundary === undefined ? [] : partsOf(text, entity, boundary);
    if (parts.length === 0) leaves.push(entity);
    else for (const part of parts) if (leaves.length < partsMax) visit(part, depth + 1);
  };
  visit({ start: 0, bodyStart: 0, end: text.length, fields }, 0);
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
