import type { Dice } from "./dice.ts";
import { someWords, type Trait } from "./message.ts";

const body =
  (text: (dice: Dice) => string): Trait =>
  (message, dice) => {
    message.body = text(dice);
  };
const end =
  (text: (dice: Dice) => string): Trait =>
  (message, dice) => {
    message.body += text(dice);
  };
const blanks = (dice: Dice): string => dice.text([" ", "\t"], 1 + dice.below(4));
const lines = (line: () => string, count: number): string => Array.from({ length: count }, line).join("");

/** Ways in which a body may be ugly, at its end and elsewhere. */
export const bodyTraits: Record<string, Trait> = {
  "nothing ugly": () => {},
  empty: body(() => ""),
  "nothing, not even an empty line before it": (message) => Object.assign(message, { body: "", fieldsAlone: true }),
  "one octet": body((dice) => dice.pick(["x", "\xe9", "."])),
  "one blank": body((dice) => dice.pick([" ", "\t"])),
  "one empty line": body(() => "\r\n"),
  "empty lines alone": body((dice) => "\r\n".repeat(2 + dice.below(5))),
  "lines of blanks alone": body((dice) => lines(() => `${blanks(dice)}\r\n`, 1 + dice.below(3))),
  "blanks, then empty lines": body((dice) => `${blanks(dice)}\r\n\r\n\r\n`),
  "empty lines at the end": end((dice) => "\r\n".repeat(1 + dice.below(6))),
  "very many empty lines at the end": end((dice) => "\r\n".repeat(2000 + dice.below(500))),
  "lines of blanks at the end": end((dice) => lines(() => `${dice.oneIn(2) ? blanks(dice) : ""}\r\n`, 3)),
  "no CRLF at the end": end((dice) => someWords(dice, 2)),
  "blanks and no CRLF at the end": end((dice) => `${dice.oneIn(2) ? "a" : ""}${blanks(dice)}`),
  "blanks at line ends": body((dice) => lines(() => `${someWords(dice, 2)}${blanks(dice)}\r\n`, 4)),
  "blanks at line starts": body((dice) => lines(() => `${blanks(dice)}${someWords(dice, 2)}\r\n`, 4)),
  "runs of blanks": body((dice) => lines(() => `a${blanks(dice)}b${blanks(dice)}c\r\n`, 4)),
  "empty lines inside and first": body((dice) => `\r\n\r\n${someWords(dice, 2)}\r\n\r\n\r\n${someWords(dice, 2)}\r\n`),
  "dots at line starts": body((dice) => lines(() => `${dice.pick([".", "..", ".a", ".."])}\r\n`, 4)),
  "a line From": body(() => "From here\r\n>From there\r\n"),
  "lines of 998 octets": body((dice) => lines(() => `${"x".repeat(996 + dice.below(3))}\r\n`, 3)),
  "a line of blanks and 998 octets": body((dice) => `${" ".repeat(997)}${dice.pick(["x", " "])}\r\n`),
  "8 bit": body((dice) => lines(() => `${dice.text(["\xe9", "\xa0", "\xff", "\xc3\xa9", "\x80", " "], 20)}\r\n`, 3)),
  "control characters": body((dice) => lines(() => `a${dice.text(["\x0b", "\x0c", "\x01", "\x1b", " "], 9)}\r\n`, 3)),
  "a form feed at the end": end((dice) => dice.pick([" \x0c\r\n", "\x0b\r\n\r\n", "\xa0\r\n"])),
  "what looks like a header": body(() => "DKIM-Signature: v=1; b=x\r\nFrom: x\r\n\r\n"),
  "chunks' borders": body((dice) => {
    const line = `${someWords(dice, 3)} \t \r\n`;
    return `${" ".repeat(dice.below(64))}${line.repeat(Math.ceil(66_000 / line.length))}`;
  }),
  "long, and no CRLF at the end": body((dice) => `${lines(() => `${someWords(dice, 11)}\r\n`, 90)}x`),
  "some length": body((dice) => lines(() => `${someWords(dice, dice.below(12))}${dice.pick(["", " ", "  "])}\r\n`, 60)),
};
