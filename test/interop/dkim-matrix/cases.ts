import { sign } from "chancery/dkim";
import type { Keys } from "../dkim-peers/keys.ts";
import {
  allCanonicalizations,
  anyFieldName,
  selectors,
  signingDomain,
  type Answer,
  type Selector,
  type SigningRange,
} from "../dkim-peers/peer.ts";
import { changed } from "../ugly/changes.ts";
import { Dice } from "../ugly/dice.ts";
import { largeMessages, uglyMessage } from "../ugly/generate.ts";
import type { UglyMessage } from "../ugly/message.ts";
import { orderFor } from "../ugly/orders.ts";
import { signedMessage, type SignedMessage } from "../ugly/signed.ts";

/** What a verifier is asked about, and the verdict that follows from how it was made: no DKIM engine has a say in that. */
export type Case = {
  number: number;
  selector: Selector;
  /** As it came out of the signer. */
  original: SignedMessage;
  message: SignedMessage;
  /** What became of it after it was signed; undefined: nothing. */
  change: string | undefined;
  expected: Answer["verdict"];
};

/** Of every fourth message there is a changed one too: a fifth of all cases. */
const changeEvery = 4;
const expiredEvery = 37;
const daySeconds = 86_400;

const ourRange: SigningRange = {
  selectors,
  canonicalizations: allCanonicalizations,
  oversigned: true,
  identity: true,
  lifetime: true,
  bodyLength: false,
  copiedFields: false,
  fieldNames: anyFieldName,
};

/** The case, and for some the case of what became of it on its way. */
export function withChange(whole: Case, dice: Dice): Case[] {
  if (whole.number % changeEvery > 0 || whole.expected !== "pass") return [whole];
  const { change, message } = changed(whole.message, whole.number / changeEvery, dice);
  return [whole, { ...whole, message, change: change.name, expected: change.verdict(whole.message) }];
}

/** Messages signed by us, some of them changed, some signed so long ago that `x=` has passed. */
export async function ourCases(keys: Keys, seed: number, count: number, now: number): Promise<Case[]> {
  const cases: Case[] = [];
  for (let number = 0; number < count; number++) {
    const dice = new Dice(seed, number);
    cases.push(...withChange(await ourCase(keys, uglyMessage(number, dice), number, now, dice), dice));
  }
  for (const [at, large] of largeMessages.entries())
    cases.push(await ourCase(keys, large(), count + at, now, new Dice(seed, count + at)));
  return cases;
}

async function ourCase(keys: Keys, message: UglyMessage, number: number, now: number, dice: Dice): Promise<Case> {
  const order = orderFor(message, ourRange, dice);
  const names = order.headers.flatMap((name) => Array.from({ length: 1 + dice.below(3) }, () => name));
  const expired = number % expiredEvery === expiredEvery - 1;
  const expires = expired || order.lifetimeSeconds !== undefined;
  const field = await sign(order.message, {
    keys: [{ signingDomain, selector: order.selector, privateKey: keys.privateKeys[order.selector] }],
    canonicalization: order.canonicalization,
    headers: order.oversigned ? undefined : names,
    identity: order.identity,
    now: expired ? now - 2 * daySeconds : expires || dice.oneIn(2) ? now : null,
    lifetimeSeconds: expires ? daySeconds : undefined,
  });
  const signed = signedMessage(Buffer.from(field).toString("latin1"), message);
  return {
    number,
    selector: order.selector,
    original: signed,
    message: signed,
    change: undefined,
    expected: expired ? "unusable" : "pass",
  };
}
