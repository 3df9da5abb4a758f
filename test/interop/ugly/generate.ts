import { bodyTraits } from "./body-traits.ts";
import type { Dice } from "./dice.ts";
import { headerTraits } from "./header-traits.ts";
import { someWords, type UglyMessage } from "./message.ts";

const plain = (dice: Dice): UglyMessage => ({
  fields: [
    "From: Joe SixPack <joe@example.com>\r\n",
    "To: Suzie Q <suzie@example.net>\r\n",
    `Subject: ${someWords(dice, 4)}\r\n`,
    "Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)\r\n",
    `Message-ID: <${dice.below(1e6)}@example.com>\r\n`,
  ],
  body: `${someWords(dice, 6)}\r\n\r\n${someWords(dice, 9)}\r\n`,
});

/** A message that may be sent, ugly in up to two ways of its header and one or two of its body; the first of each by turns. */
export function uglyMessage(turn: number, dice: Dice): UglyMessage {
  const message = plain(dice);
  const headers = Object.values(headerTraits);
  const bodies = Object.values(bodyTraits);
  bodies[turn % bodies.length]!(message, dice);
  if (dice.oneIn(3)) dice.pick(bodies)(message, dice);
  headers[turn % headers.length]!(message, dice);
  if (dice.oneIn(2)) dice.pick(headers)(message, dice);
  if (dice.oneIn(4)) message.fields.unshift(message.fields.pop()!);
  return message;
}

const large = (line: string) => (): UglyMessage => ({
  fields: ["From: Joe <joe@example.com>\r\n", "Subject: large\r\n"],
  body: line.repeat(Math.ceil(20_000_000 / line.length)),
});

/** Three of 20 MB. */
export const largeMessages: readonly (() => UglyMessage)[] = [
  large("The quick brown fox  jumps over the lazy dog. \t\r\n"),
  large(`${"\xc3\xa9\x80 \xff".repeat(190)}\r\n`),
  large(".\r\n\r\n \r\n\t \r\n"),
];
