import type { HeaderField } from "../../mail/header.ts";
import { plainField, restOf } from "./field-undoings.ts";
import { valueOf } from "./mime.ts";

const candidatesMax = 12;
const valueOctetsMax = 2048;

/** The names under which systems keep what they replaced. */
const replacedNames = (lowerName: string): string[] =>
  ["x-original-", "x-google-original-", "original-", "old-", "x-old-", "x-"].map((prefix) => prefix + lowerName);

/** Where the value that a field had before may stand now: the fields to which systems move what they replace. */
export function displacedValues(field: HeaderField, fields: readonly HeaderField[]): string[] {
  const { lowerName } = field;
  const named = (names: readonly string[]): string[] =>
    fields.filter((other) => names.includes(other.lowerName)).map(restOf);
  const values = named([...replacedNames(lowerName), `resent-${lowerName}`]);
  if (lowerName === "from") values.push(...authorForms(restOf(field), named(authorSources)));
  return [...new Set(values)].filter((value) => value.length <= valueOctetsMax).slice(0, candidatesMax);
}

/** Where lists and forwarders put the author when they write their own address into From. */
const authorSources = ["reply-to", "author", "x-original-sender", "cc", "x-sender", "x-mailfrom", "sender"];

/** `Ann via List <list@…>`: the name is still there, the address stands elsewhere, by itself or with others. */
function authorForms(rest: string, values: readonly string[]): string[] {
  const phrase =
    /^"?'?([^"<]{0,200}?)'?(?: \(?via [^"<]{0,200})?"?[ \t\r\n]*</.exec(rest.replaceAll("\r\n", "").trimStart())?.[1] ??
    "";
  const name = phrase.trim();
  const forms: string[] = [];
  for (const value of values) {
    forms.push(value);
    const mailboxes = value.replaceAll("\r\n", "").split(",", 10);
    for (const mailbox of mailboxes) {
      const address = /<([^<>]{1,320})>/.exec(mailbox)?.[1] ?? mailbox.trim();
      if (mailboxes.length > 1) forms.push(` ${mailbox.trim()}`);
      if (name !== "") forms.push(` ${name} <${address}>`, ` "${name}" <${address}>`);
    }
  }
  return forms;
}

/** Fields that may have been there and were taken away, as far as their value can be guessed. */
export function missingFields(
  group: { lowerName: string; uses: number; fields: readonly HeaderField[] },
  fields: readonly HeaderField[],
): HeaderField[] {
  const { lowerName } = group;
  if (group.fields.length >= group.uses) return [];
  const moved = replacedNames(lowerName);
  const name = usualName(lowerName);
  const found = fields.filter((field) => moved.includes(field.lowerName)).slice(0, 4);
  const guesses = usualValues[lowerName] ?? [];
  const author = valueOf(fields, "from");
  const values = [
    ...found.map((field) => restOf(field).trimStart()),
    ...(["reply-to", "sender", "return-path", "disposition-notification-to"].includes(lowerName) ? [author] : []),
    ...guesses,
  ];
  return values.filter((value) => value.length <= valueOctetsMax).map((value) => plainField(name, value));
}

/** What nearly every message says in these fields. */
const usualValues: Record<string, readonly string[]> = {
  "mime-version": ["1.0"],
  "content-transfer-encoding": ["7bit", "8bit", "quoted-printable", "base64"],
  "content-type": [
    "text/plain",
    "text/plain; charset=utf-8",
    'text/plain; charset="utf-8"',
    "text/plain; charset=UTF-8",
    'text/plain; charset="UTF-8"',
    "text/plain; charset=us-ascii",
    'text/plain; charset="us-ascii"',
    "text/plain; charset=utf-8; format=flowed",
    "text/plain; charset=UTF-8; format=flowed",
  ],
  "content-language": ["en-US", "en"],
  "content-disposition": ["inline"],
  bcc: [""],
  cc: [""],
  "reply-to": [""],
  subject: [""],
  to: ["undisclosed-recipients:;"],
  importance: ["normal", "Normal"],
  "x-priority": ["3", "3 (Normal)"],
  precedence: ["bulk", "list"],
};

const usualName = (lowerName: string): string =>
  lowerName
    .replace(/(^|-)([a-z])/g, (_, dash: string, letter: string) => dash + letter.toUpperCase())
    .replace("Mime-", "MIME-");
