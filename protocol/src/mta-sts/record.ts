import { parsed, unparsed, type Parsed } from "../parsed.ts";
import { parseFields } from "../policy/fields.ts";

/** The record at `_mta-sts.<domain>`: there is a policy, and a new one whenever `id` changes. */
export type MtaStsRecord = { id: string };

/** A longer text is not read. */
const recordOctetsMax = 1024;

/** Whether a text counts as an MTA-STS record, sound or not: of these there may be one (RFC 8461 §3.1). */
export const isMtaStsRecord = (text: string): boolean => /^v=STSv1[ \t]*;/.test(text);

/** Parses the record at `_mta-sts.<domain>` (RFC 8461 §3.1). Not ok: senders go on as if there were no policy. */
export function parseMtaStsRecord(text: string): Parsed<MtaStsRecord> {
  if (text.length > recordOctetsMax) return unparsed(`record over ${recordOctetsMax} octets`, recordOctetsMax);
  const fields = parseFields(text, "v=STSv1");
  if (!fields.ok) return fields;
  const [id, another] = fields.value.filter(({ name }) => name === "id");
  if (id === undefined) return unparsed("id= is missing", 0);
  if (another !== undefined) return unparsed("id= stands twice", 0);
  if (!/^[A-Za-z0-9]{1,32}$/.test(id.value)) return unparsed("id= has to be 1 to 32 letters and digits", 0);
  return parsed({ id: id.value });
}
