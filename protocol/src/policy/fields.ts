import { parsed, unparsed, type Parsed } from "../parsed.ts";

export type Field = { name: string; value: string };

const fieldsMax = 100;

/**
 * Splits a record of the form that MTA-STS and TLS-RPT share (RFC 8461 §3.1, RFC 8460 §3): a version, then `name=value` fields,
 * separated by semicolons with white space around them; a last semicolon may stand at the end. `version` compares with case.
 */
export function parseFields(text: string, version: string): Parsed<Field[]> {
  const [first = "", ...rest] = text.split(";");
  if (first.trimEnd() !== version) return unparsed(`does not begin with ${version} and a semicolon`, 0);
  if (rest.at(-1)?.trim() === "") rest.pop();
  if (rest.length > fieldsMax) return unparsed("too many fields", 0);
  const fields: Field[] = [];
  let offset = first.length + 1;
  for (const written of rest) {
    const [, name, value] =
      /^[ \t]*([A-Za-z0-9][A-Za-z0-9_.-]{0,31})=([\x21-\x3a\x3c\x3e-\x7e][\x20-\x7e]*)$/.exec(written) ?? [];
    if (name === undefined || value === undefined) return unparsed("a field is not name=value", offset);
    fields.push({ name, value: value.trimEnd() });
    offset += written.length + 1;
  }
  return parsed(fields);
}
