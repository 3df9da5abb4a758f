import type { Dice } from "./dice.ts";
import { setField, someWords, type Trait } from "./message.ts";

const subject =
  (value: (dice: Dice) => string): Trait =>
  (message, dice) =>
    setField(message, `Subject:${value(dice)}`);
const add =
  (...fields: string[]): Trait =>
  (message) =>
    message.fields.push(...fields.map((field) => `${field}\r\n`));

const blank = (dice: Dice): string => dice.text([" ", "\t"], 1 + dice.below(4));
const fold = (dice: Dice): string => `${dice.oneIn(3) ? blank(dice) : ""}\r\n${blank(dice)}`;

/** Ways in which a header may be ugly. All can be sent, and none is a reason for a signature not to verify. */
export const headerTraits: Record<string, Trait> = {
  "nothing ugly": () => {},
  folds: subject((dice) => ` a${fold(dice)}b${fold(dice)}${someWords(dice, 3)}`),
  "a fold before the value": subject((dice) => `${fold(dice)}${someWords(dice, 2)}`),
  "a line of blanks inside a field": subject((dice) => ` a\r\n${blank(dice)}\r\n${blank(dice)}b`),
  "a line of blanks at the end of a field": subject((dice) => ` a\r\n${blank(dice)}`),
  "runs of blanks": subject((dice) => ` a${blank(dice)}b${blank(dice)}c`),
  "blanks at the end": subject((dice) => ` ${someWords(dice, 2)}${blank(dice)}`),
  "no blank behind the colon": subject((dice) => someWords(dice, 2)),
  "blanks behind the colon": subject((dice) => `${blank(dice)}${someWords(dice, 2)}`),
  "an empty value": subject(() => ""),
  "a value of blanks": subject(blank),
  "blanks before the colon": (message, dice) => {
    setField(message, `Subject${blank(dice)}: ${someWords(dice, 2)}`);
  },
  "odd case in names": (message, dice) => {
    const odd = (name: string): string =>
      name.replaceAll(/./g, (letter) => (dice.oneIn(2) ? letter.toUpperCase() : letter.toLowerCase()));
    message.fields = message.fields.map((field) => field.replace(/^[^:]+/, odd));
  },
  "vertical tab and form feed": subject((dice) => ` a\x0b${blank(dice)}\x0cb`),
  "form feed at the end": subject(() => " a \x0c"),
  "vertical tab behind the colon": subject(() => "\x0ba"),
  "a no-break space at the end, Latin-1": subject((dice) => ` a${blank(dice)}\xa0`),
  "a no-break space at the start, UTF-8": subject(() => " \xc2\xa0a\xc2\xa0"),
  "Latin-1": subject((dice) => ` ${dice.text(["\xe9", "\xc4", "\xff", "a", " "], 9)}x`),
  "UTF-8": subject((dice) => ` ${dice.text(["\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80", "a", " "], 9)}x`),
  "UTF-8 in From": (message) => setField(message, "From: J\xc3\xb6 <j\xc3\xb6@example.com>"),
  "control characters": subject((dice) => ` a${dice.text(["\x01", "\x07", "\x1b", "\x7f", " "], 5)}b`),
  "colons and signature tags": subject(() => " Re: b=abc; d=example.net; bh=x : y"),
  "quotes and comments": add('Sender: "a \\" (b" <x@example.com> (c "d)'),
  "a field of 998 octets": subject((dice) => ` ${"x".repeat(989 - dice.below(2))}`),
  "sixty folds": add(`References: ${Array.from({ length: 60 }, (_, at) => `<${at}@example.com>`).join("\r\n ")}`),
  "many Received": (message, dice) => {
    const trace = (_: unknown, at: number): string =>
      `Received: from mx${at}.example.net\r\n\tby mx.example.com; ${someWords(dice, 2)}\r\n`;
    message.fields.unshift(...Array.from({ length: 3 + dice.below(20) }, trace));
  },
  "repeated fields": (message, dice) => {
    const name = dice.pick(["Reply-To", "Comments", "X-Loop", "List-Help", "Cc"]);
    for (let count = 2 + dice.below(4); count > 0; count--)
      message.fields.splice(
        dice.below(message.fields.length + 1),
        0,
        `${name}: ${dice.pick(["a", "b"])}@example.com\r\n`,
      );
  },
  "names that are rare": add("X-!#$%&'*+^_`{|}~: a", "0: b", "x.y/z: c"),
  "fields that transfer adds": add(
    "Return-Path: <a@example.net>",
    "Authentication-Results: x.example; none",
    "X-Spam: yes",
  ),
  "a list": add(
    "List-Id: <a.example.com>",
    "List-Unsubscribe: <https://example.com/u>",
    "List-Unsubscribe-Post: List-Unsubscribe=One-Click",
  ),
  MIME: add(
    "MIME-Version: 1.0",
    'Content-Type: multipart/mixed;\r\n boundary="a b"',
    "Content-Transfer-Encoding: 8bit",
  ),
  resent: add("Resent-From: a@example.net", "Resent-To: b@example.net", "Resent-Date: x", "Resent-To: c@example.net"),
};
