import { sign, verify } from "chancery/dkim";
import { resolver } from "../../protocol/vectors/dkim/example.ts";
import type { Keys } from "./dkim-peers/keys.ts";
import {
  allCanonicalizations,
  anyFieldName,
  selectors,
  signingDomain,
  type Answer,
  type DkimPeer,
  type Selector,
  type SigningRange,
} from "./dkim-peers/peer.ts";
import { changed } from "./ugly/changes.ts";
import { Dice } from "./ugly/dice.ts";
import { largeMessages, uglyMessage, type UglyMessage } from "./ugly/message.ts";
import { orderFor } from "./ugly/orders.ts";
import { signedMessage, signedOctets, type SignedMessage } from "./ugly/signed.ts";
import { unsendable } from "./ugly/unsendable-traits.ts";

/** What is asked of a verifier, or of a signer and then of us, and the verdict that follows from how the message was made. */
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

/** One signed message and one change in four: a fifth of all cases has come to change. */
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

function withChange(whole: Case, dice: Dice): Case[] {
  if (whole.number % changeEvery > 0 || whole.expected !== "pass") return [whole];
  const { change, message } = changed(whole.message, whole.number / changeEvery, dice);
  return [whole, { ...whole, message, change: change.name, expected: change.verdict(whole.message) }];
}

/** Messages signed by us, some of them changed, some signed so long ago that `x=` has passed. */
export async function ourCases(keys: Keys, seed: number, count: number, now: number): Promise<Case[]> {
  const cases: Case[] = [];
  for (let number = 0; number < count; number++) {
    const dice = new Dice(seed + number);
    cases.push(...withChange(await ourCase(keys, uglyMessage(number, dice), number, now, dice), dice));
  }
  for (const [at, large] of largeMessages.entries())
    cases.push(await ourCase(keys, large(), count + at, now, new Dice(seed)));
  return cases;
}

async function ourCase(keys: Keys, message: UglyMessage, number: number, now: number, dice: Dice): Promise<Case> {
  const order = orderFor(message, ourRange, dice);
  const expired = number % expiredEvery === expiredEvery - 1;
  const names = order.headers.flatMap((name) => Array.from({ length: 1 + dice.below(3) }, () => name));
  const field = await sign(order.message, {
    keys: [{ signingDomain, selector: order.selector, privateKey: keys.privateKeys[order.selector] }],
    canonicalization: order.canonicalization,
    headers: order.oversigned ? undefined : names,
    identity: order.identity,
    now: expired ? now - 2 * daySeconds : now,
    ...((expired || order.lifetimeSeconds !== undefined) && { lifetimeSeconds: daySeconds }),
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

/** What a verifier said about a case. A signer that refused said so before there was anything to verify. */
export type Outcome = { whole: Case; answer: Answer | { verdict: "refused"; detail: string } };

export async function judgedBy(peer: DkimPeer, cases: readonly Case[]): Promise<Outcome[]> {
  const answers = await peer.verify(cases.map(({ message }) => signedOctets(message)));
  return cases.map((whole, at) => ({ whole, answer: answers[at]! }));
}

/** The same, judged by us. */
export async function judgedByUs(keys: Keys, cases: readonly Case[], now: number): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const whole of cases) {
    const [verification] = await verify(signedOctets(whole.message), { resolveTxt: resolver(keys.records), now });
    const { result = "none", reason = "" } = verification ?? {};
    const verdict = result === "pass" || result === "fail" ? result : "unusable";
    outcomes.push({ whole, answer: { verdict, detail: `${result} ${reason}` } });
  }
  return outcomes;
}

/** Messages signed by a peer, also such as we refuse to sign, some of them changed, judged by us. */
export async function signedBy(peer: DkimPeer, keys: Keys, seed: number, count: number, now: number): Promise<Outcome[]> {
  const asked = Array.from({ length: count }, (_, number) => {
    const dice = new Dice(seed + number);
    const message = uglyMessage(number, dice);
    if (number % 10 === 9) dice.pick(Object.values(unsendable))(message, dice);
    return { number, message, order: orderFor(message, peer.range, dice), dice };
  });
  for (const [at, large] of largeMessages.entries()) {
    const [message, dice] = [large(), new Dice(seed + at)];
    asked.push({ number: count + at, message, order: orderFor(message, peer.range, dice), dice });
  }
  const signatures = await peer.sign(asked.map(({ order }) => order));
  const cases: Case[] = [];
  const refused: Outcome[] = [];
  for (const [at, { number, message, order, dice }] of asked.entries()) {
    const signature = signatures[at]!;
    const whole = { number, selector: order.selector, change: undefined, expected: "pass" } as const;
    if ("field" in signature) {
      const signed = signedMessage(signature.field.toString("latin1"), message);
      cases.push(...withChange({ ...whole, original: signed, message: signed }, dice));
    } else {
      const [header, bodyRule] = order.canonicalization.split("/") as [SignedMessage["header"], SignedMessage["bodyRule"]];
      const unsigned = { ...message, signature: "", header, bodyRule, signedNames: order.headers, bodyLength: undefined };
      refused.push({ whole: { ...whole, original: unsigned, message: unsigned }, answer: { verdict: "refused", detail: signature.refused } });
    }
  }
  return [...refused, ...(await judgedByUs(keys, cases, now))];
}
