import type { Dice } from "./dice.ts";

/** A message as octet text: fields with their CRLF, and what stands behind the empty line. */
export type UglyMessage = {
  fields: string[];
  body: string;
  /** Nothing stands behind the fields, not even the empty line. Counts while the body is empty. */
  fieldsAlone?: boolean;
};

/** A way of being ugly: changes a message that is under construction. */
export type Trait = (message: UglyMessage, dice: Dice) => void;

const words = "the quick brown fox jumps over lazy dogs and <b>runs</b> away from here far fast".split(" ");
export const someWords = (dice: Dice, count: number): string =>
  Array.from({ length: count }, () => dice.pick(words)).join(" ");

/** A field's name to compare with. */
export const nameOf = (field: string): string => field.slice(0, field.indexOf(":")).trim().toLowerCase();

/** Writes a field anew, or adds it. */
export function setField(message: UglyMessage, field: string): void {
  const at = message.fields.findIndex((other) => nameOf(other) === nameOf(field));
  if (at < 0) message.fields.push(`${field}\r\n`);
  else message.fields[at] = `${field}\r\n`;
}

export const textOf = ({ fields, body, fieldsAlone = false }: UglyMessage): Buffer =>
  Buffer.from(fields.join("") + (fieldsAlone && body === "" ? "" : `\r\n${body}`), "latin1");
