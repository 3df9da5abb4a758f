import { verify } from "chancery/dkim";
import { resolver } from "../../../protocol/vectors/dkim/example.ts";
import type { Keys } from "../dkim-peers/keys.ts";
import type { Answer, DkimPeer, SigningOrder } from "../dkim-peers/peer.ts";
import { Dice } from "../ugly/dice.ts";
import { largeMessages, uglyMessage } from "../ugly/generate.ts";
import type { UglyMessage } from "../ugly/message.ts";
import { orderFor } from "../ugly/orders.ts";
import { signedMessage, signedOctets, type SignedMessage } from "../ugly/signed.ts";
import { unsendable } from "../ugly/unsendable-traits.ts";
import { withChange, type Case } from "./cases.ts";

/** What a verifier said about a case; `refused` is what a signer said, before there was anything to verify. */
export type Outcome = { whole: Case; answer: { verdict: Answer["verdict"] | "refused"; detail: string } };

/** One message in so many is such as we refuse to sign. */
const unsendableEvery = 10;

export async function judgedBy(peer: DkimPeer, cases: readonly Case[]): Promise<Outcome[]> {
  const answers = await peer.verify(cases.map(({ message }) => signedOctets(message)));
  return cases.map((whole, at) => ({ whole, answer: answers[at]! }));
}

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

/**
 * Messages signed by a peer, also such as we refuse to sign, judged by us.
 * @param isSound whether the peer's signature verifies as it comes: others are not changed, for a change could mend them
 */
export async function signedBy(
  peer: DkimPeer,
  isSound: (whole: Case) => boolean,
  { keys, seed, count, now }: { keys: Keys; seed: number; count: number; now: number },
): Promise<Outcome[]> {
  const asked = ordersFor(peer, seed, count);
  const signatures = await peer.sign(asked.map(({ order }) => order));
  const cases: Case[] = [];
  const refused: Outcome[] = [];
  for (const [number, { message, order, dice }] of asked.entries()) {
    const signature = signatures[number]!;
    const original =
      "field" in signature
        ? signedMessage(signature.field.toString("latin1"), message)
        : unsignedMessage(message, order);
    const whole: Case = {
      number,
      selector: order.selector,
      original,
      message: original,
      change: undefined,
      expected: "pass",
    };
    if ("refused" in signature) refused.push({ whole, answer: { verdict: "refused", detail: signature.refused } });
    else cases.push(...(isSound(whole) ? withChange(whole, dice) : [whole]));
  }
  return [...refused, ...(await judgedByUs(keys, cases, now))];
}

type Asked = { message: UglyMessage; order: SigningOrder; dice: Dice };

function ordersFor(peer: DkimPeer, seed: number, count: number): Asked[] {
  const asked: Asked[] = [];
  for (let number = 0; number < count; number++) {
    const dice = new Dice(seed, number);
    const message = uglyMessage(number, dice);
    if (number % unsendableEvery === unsendableEvery - 1) dice.pick(Object.values(unsendable))(message, dice);
    asked.push({ message, order: orderFor(message, peer.range, dice), dice });
  }
  for (const [at, large] of largeMessages.entries()) {
    const [message, dice] = [large(), new Dice(seed, count + at)];
    const order = orderFor(message, { ...peer.range, lifetime: false, bodyLength: false }, dice);
    asked.push({ message, order, dice });
  }
  return asked;
}

/** What a signer that refused had before it. */
function unsignedMessage(message: UglyMessage, order: SigningOrder): SignedMessage {
  const [header, bodyRule] = order.canonicalization.split("/") as [SignedMessage["header"], SignedMessage["bodyRule"]];
  return { ...message, signature: "", header, bodyRule, signedNames: order.headers, bodyLength: undefined };
}
