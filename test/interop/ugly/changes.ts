import type { Dice } from "./dice.ts";
import { nameOf } from "./message.ts";
import { countOf, type SignedMessage } from "./signed.ts";

/** What became of a message on its way, and whether its signature has to verify still. */
export type Change = {
  name: string;
  verdict: (message: SignedMessage) => "pass" | "fail";
  /** Undefined: this message cannot be changed so. */
  apply: (message: SignedMessage, dice: Dice) => SignedMessage | undefined;
};

const breaks = (): "fail" => "fail";
const keeps = (): "pass" => "pass";
const headerRule = ({ header }: SignedMessage): "pass" | "fail" => (header === "relaxed" ? "pass" : "fail");
const bodyRule = ({ bodyRule: rule }: SignedMessage): "pass" | "fail" => (rule === "relaxed" ? "pass" : "fail");

type FieldTest = (name: string, counts: { present: number; signed: number }) => boolean;

/** Applies `change` to one of the fields that `test` is for; undefined when there is none, or when nothing changes. */
function inField(
  message: SignedMessage,
  dice: Dice,
  test: FieldTest,
  change: (field: string) => string,
): SignedMessage | undefined {
  const possible = message.fields.flatMap((field, at) => {
    const name = nameOf(field);
    return test(name, countOf(message, name)) && change(field) !== field ? [at] : [];
  });
  if (possible.length === 0) return undefined;
  const chosen = dice.pick(possible);
  return { ...message, fields: message.fields.map((field, at) => (at === chosen ? change(field) : field)) };
}

/** All fields of this name are signed; the one that says who wrote is left alone, for verifiers look at it twice. */
const signed: FieldTest = (name, counts) => name !== "from" && counts.signed >= counts.present;
const signedOnce: FieldTest = (name, counts) => name !== "from" && counts.present === 1 && counts.signed >= 1;
const unsigned: FieldTest = (_, counts) => counts.signed === 0;

const withBody = (message: SignedMessage, body: string): SignedMessage | undefined =>
  body === message.body ? undefined : { ...message, body };
const withFields = (message: SignedMessage, fields: string[]): SignedMessage => ({ ...message, fields });
const beforeEnd = (text: string) => (field: string) => field.replace(/\r\n$/, `${text}\r\n`);
const otherLetter = (letter: string): string => (letter === "A" ? "B" : "A");

export const changes: readonly Change[] = [
  {
    name: "a letter put in front of the body",
    verdict: breaks,
    apply: (message) => (message.bodyLength === undefined ? withBody(message, `x${message.body}`) : undefined),
  },
  {
    name: "a line added to the body",
    verdict: ({ bodyLength }) => (bodyLength === undefined ? "fail" : "pass"),
    apply: (message) =>
      /[^\r\n]\r\n$/.test(message.body) ? withBody(message, `${message.body}-- \r\nfooter\r\n`) : undefined,
  },
  {
    name: "an octet lost its eighth bit",
    verdict: breaks,
    apply: (message) =>
      withBody(
        message,
        message.body.replace(/[\x80-\xff]/, (octet) => String.fromCharCode(octet.charCodeAt(0) & 0x7f)),
      ),
  },
  {
    name: "white space that is no WSP turned into a space",
    verdict: breaks,
    apply: (message) => withBody(message, message.body.replace(/[\x0b\x0c\xa0]/, " ")),
  },
  {
    name: "CRLF in the body turned into LF",
    verdict: breaks,
    apply: (message) =>
      message.bodyLength === undefined && /[^\r\n]\r\n[^]*[^\r\n]/.test(message.body)
        ? withBody(message, message.body.replaceAll("\r\n", "\n"))
        : undefined,
  },
  {
    name: "a blank put at a line's end",
    verdict: bodyRule,
    apply: (message, dice) => atLine(message, dice, (line) => `${line}${dice.pick([" ", "\t", " \t "])}`),
  },
  {
    name: "a run of blanks made longer",
    verdict: bodyRule,
    apply: (message, dice) =>
      atLine(message, dice, (line) => line.replace(/[ \t](?=[^ \t])/, (run) => `${run}${dice.pick([" ", "\t"])}`)),
  },
  {
    name: "empty lines added to the body's end",
    verdict: keeps,
    apply: (message, dice) =>
      withBody(message, `${message.body}${"\r\n".repeat(dice.below(3) + (/(^|\r\n)$/.test(message.body) ? 1 : 2))}`),
  },
  {
    name: "the last CRLF taken away",
    verdict: keeps,
    apply: (message) => (/[^\r\n]\r\n$/.test(message.body) ? withBody(message, message.body.slice(0, -2)) : undefined),
  },

  {
    name: "a letter added to a signed field",
    verdict: breaks,
    apply: (message, dice) => inField(message, dice, signed, beforeEnd("x")),
  },
  {
    name: "a signed field removed",
    verdict: breaks,
    apply: (message, dice) => {
      const marked = inField(message, dice, signedOnce, () => "");
      return (
        marked &&
        withFields(
          marked,
          marked.fields.filter((field) => field !== ""),
        )
      );
    },
  },
  { name: "two signed fields of one name swapped", verdict: breaks, apply: swapOfOneName },
  {
    name: "a field added that h= names once more",
    verdict: breaks,
    apply: (message, dice) => {
      const names = message.signedNames.filter(
        (name) => name !== "from" && countOf(message, name).signed > countOf(message, name).present,
      );
      return names.length === 0 ? undefined : withFields(message, [`${dice.pick(names)}: x\r\n`, ...message.fields]);
    },
  },
  {
    name: "a signed field folded elsewhere",
    verdict: headerRule,
    apply: (message, dice) =>
      inField(message, dice, signed, (field) => field.replace(/(:[^]*?[^ \t\r\n])[ \t]+(?=[^ \t\r\n])/, "$1\r\n\t")),
  },
  {
    name: "blanks put at a signed field's end",
    verdict: headerRule,
    apply: (message, dice) => inField(message, dice, signed, beforeEnd(dice.pick([" ", " \t"]))),
  },
  {
    name: "a signed field's name in other case",
    verdict: headerRule,
    apply: (message, dice) =>
      inField(message, dice, signed, (field) =>
        field.replace(/^[^:]+/, (name) => (name === name.toUpperCase() ? name.toLowerCase() : name.toUpperCase())),
      ),
  },
  {
    name: "an unsigned field changed",
    verdict: keeps,
    apply: (message, dice) => inField(message, dice, unsigned, beforeEnd(" changed")),
  },
  {
    name: "an unsigned field put on top",
    verdict: keeps,
    apply: (message) =>
      message.signedNames.includes("x-added") ? undefined : withFields(message, ["X-Added: y\r\n", ...message.fields]),
  },
  {
    name: "an unsigned field put at the bottom",
    verdict: keeps,
    apply: (message) =>
      message.signedNames.includes("x-added") ? undefined : withFields(message, [...message.fields, "X-Added: y\r\n"]),
  },
  {
    name: "one more field on top of signed ones of its name",
    verdict: keeps,
    apply: (message, dice) => {
      const names = message.signedNames.filter(
        (name) => name !== "from" && countOf(message, name).present === countOf(message, name).signed,
      );
      return names.length === 0 ? undefined : withFields(message, [`${dice.pick(names)}: x\r\n`, ...message.fields]);
    },
  },
  {
    name: "fields of two names swapped",
    verdict: keeps,
    apply: (message, dice) => {
      const at = dice.below(message.fields.length - 1);
      const [one, other] = message.fields.slice(at, at + 2);
      return nameOf(one!) === nameOf(other!)
        ? undefined
        : withFields(message, message.fields.with(at, other!).with(at + 1, one!));
    },
  },

  {
    name: "a letter of b= changed",
    verdict: breaks,
    apply: (message) => inSignature(message, /([;:]\s*b=\s*(?:[\w+/=]\s*){30})([\w+/])/),
  },
  {
    name: "a letter of bh= changed",
    verdict: breaks,
    apply: (message) => inSignature(message, /([;:]\s*bh=\s*(?:[\w+/]\s*){9})([\w+/])/),
  },
  {
    name: "the signature folded elsewhere",
    verdict: headerRule,
    apply: (message) => ({ ...message, signature: message.signature.replace(/;\s*d=/, ";\r\n  \td=") }),
  },
];

/** Changes one line of the body. With `l=` a line may lie beyond what is signed: such bodies are left alone. */
function atLine(message: SignedMessage, dice: Dice, change: (line: string) => string): SignedMessage | undefined {
  if (message.body === "" || message.bodyLength !== undefined) return undefined;
  const lines = message.body.split("\r\n");
  const at = dice.below(Math.max(1, lines.length - 1));
  return withBody(message, lines.with(at, change(lines[at]!)).join("\r\n"));
}

/** Swaps the lowest two fields of a name in `h=` when they differ in more than white space. */
function swapOfOneName(message: SignedMessage): SignedMessage | undefined {
  const plainly = (field: string): string => field.slice(field.indexOf(":") + 1).replaceAll(/\s/g, "");
  for (const name of new Set(message.signedNames)) {
    const places = message.fields.flatMap((field, at) => (nameOf(field) === name ? [at] : []));
    const [one, other] = places.slice(-2);
    if (one === undefined || other === undefined) continue;
    const [upper, lower] = [message.fields[one]!, message.fields[other]!];
    if (plainly(upper) !== plainly(lower))
      return withFields(message, message.fields.with(one, lower).with(other, upper));
  }
  return undefined;
}

const inSignature = (message: SignedMessage, place: RegExp): SignedMessage => ({
  ...message,
  signature: message.signature.replace(place, (_, before: string, letter: string) => before + otherLetter(letter)),
});

/** One of the changes that this message can undergo; those come by turns. */
export function changed(message: SignedMessage, turn: number, dice: Dice): { change: Change; message: SignedMessage } {
  for (let at = turn; ; at++) {
    const change = changes[at % changes.length]!;
    const result = change.apply(message, dice);
    if (result !== undefined) return { change, message: result };
  }
}
