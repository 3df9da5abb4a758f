import { octetText, octetsOf } from "../../mail/octets.ts";

/** Encoded-words (RFC 2047) of UTF-8 and ASCII decoded to octet text; undefined when there is none of them. */
export function decodeEncodedWords(value: string): string | undefined {
  let decoded = false;
  const joined = value.replace(/\?=[ \t\r\n]+=\?/g, "?==?");
  const text = joined.replace(
    /=\?(utf-8|us-ascii)(?:\*[\w-]*)?\?([bq])\?([!->@-~]*)\?=/gi,
    (word, _charset: string, encoding: string, content: string) => {
      decoded = true;
      if (encoding.toLowerCase() === "b") return octetText(Buffer.from(content, "base64"));
      if (encoding.toLowerCase() !== "q") return word;
      return content
        .replaceAll("_", " ")
        .replace(/=([0-9A-Fa-f]{2})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)));
    },
  );
  return decoded && text !== value ? text : undefined;
}

/** The ways in which programs write a text as one encoded-word; the text alone first. */
export function encodeEncodedWords(text: string): string[] {
  const base64 = Buffer.from(octetsOf(text)).toString("base64");
  const quoted = text.replace(/[^A-Za-z0-9 ]/g, (character) => {
    if (plainInWord.includes(character)) return character;
    return `=${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`;
  });
  const underlined = quoted.replaceAll(" ", "_");
  return [
    text,
    `=?UTF-8?B?${base64}?=`,
    `=?utf-8?b?${base64}?=`,
    `=?utf-8?B?${base64}?=`,
    `=?UTF-8?Q?${underlined}?=`,
    `=?utf-8?q?${underlined}?=`,
    `=?utf-8?Q?${underlined}?=`,
  ];
}
const plainInWord = "!*+-/.,:;'()&%$#@";
