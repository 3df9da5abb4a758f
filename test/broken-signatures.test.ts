// Ugly messages, changed as lists, gateways and servers do it: the change that is named is the one that was made.
import { expect, test } from "vitest";
import { CannotSign, explainFailures, sign, verify, type SigningKey } from "chancery/dkim";
import { ed25519Key, keyRecords, now, octets, resolver, rsaKey } from "../protocol/vectors/dkim/example.ts";
import { Dice } from "./interop/ugly/dice.ts";
import { uglyMessage } from "./interop/ugly/generate.ts";
import { textOf } from "./interop/ugly/message.ts";

const resolveTxt = resolver(keyRecords);
const messagesMade = 60;
const inBody = (change: (body: string) => string) => (message: string) => {
  const cut = message.indexOf("\r\n\r\n");
  return cut < 0 ? message : message.slice(0, cut + 4) + change(message.slice(cut + 4));
};
const ended = (body: string): string => (body === "" || body.endsWith("\r\n") ? body : `${body}\r\n`);

/** What is done, and the names it may have: what is added to an empty body was not there when it was signed. */
const changes: Record<string, { names: string[]; apply: (message: string) => string }> = {
  "a footer": {
    names: ["footer-added", "signed-without-body"],
    apply: inBody((body) => `${ended(body)}____\r\nlist\r\n`),
  },
  "a banner": { names: ["text-added-above", "signed-without-body"], apply: inBody((body) => `CAUTION\r\n\r\n${body}`) },
  "a tag": {
    names: ["subject-tagged"],
    apply: (message) => message.replace(/(\r\nsubject[ \t]*:[ \t]*)/i, "$1[list] "),
  },
  "a Reply-To": {
    names: ["field-added"],
    apply: (message) => message.replace(/\r\n(from[ \t]*:)/i, "\r\nReply-To: list@example.org\r\n$1"),
  },
  "an mbox file": { names: ["from-lines-quoted"], apply: inBody((body) => body.replace(/(^|\r\n)From /g, "$1>From ")) },
  "dots doubled": { names: ["dot-stuffing-left-in"], apply: inBody((body) => body.replace(/(^|\r\n)\./g, "$1..")) },
  "a fold": { names: ["white-space-changed"], apply: (message) => message.replace(/(\r\nto:)[ \t]*/i, "$1\r\n   ") },
};

/** A message signed, or undefined when it is one that may not be. */
async function signedMessage(turn: number, key: SigningKey): Promise<string | undefined> {
  const message = textOf(uglyMessage(turn, new Dice(6376, turn)));
  const canonicalization = turn % 2 === 0 ? "relaxed/relaxed" : "simple/simple";
  try {
    return Buffer.concat([await sign(message, { keys: [key], now, canonicalization }), message]).toString("latin1");
  } catch (error) {
    if (error instanceof CannotSign) return undefined;
    throw error;
  }
}

test.each(Object.entries(changes))("%s", async (_, { names, apply }) => {
  let named = 0;
  let broken = 0;
  for (let turn = 0; turn < 2 * messagesMade; turn++) {
    const message = await signedMessage(turn >> 1, turn % 2 === 0 ? rsaKey : ed25519Key);
    const changed = message === undefined ? undefined : apply(message);
    if (changed === undefined || changed === message) continue;
    const verifications = await verify(octets(changed), { resolveTxt, now });
    if (verifications[0]!.result === "pass") continue;
    const [explanation] = await explainFailures(octets(changed), verifications, { resolveTxt });
    broken++;
    for (const { kind } of explanation!.changes) expect(names).toContain(kind);
    if (explanation!.changes.length > 0) named++;
  }
  expect(broken).toBeGreaterThan(0);
  expect(named).toBeGreaterThanOrEqual(0.95 * broken);
});
