import type { SigningOrder, SigningRange, Selector } from "../dkim-peers/peer.ts";
import type { Dice } from "./dice.ts";
import { nameOf, textOf, type UglyMessage } from "./message.ts";

/** RSA of 2048 bits is most of the mail there is. */
const weights: Record<Selector, number> = { rsa2048: 6, ed25519: 3, rsa1024: 2, rsa4096: 1 };

const usual = [
  "From",
  "To",
  "Subject",
  "Date",
  "Message-ID",
  "Reply-To",
  "Cc",
  "Sender",
  "MIME-Version",
  "Content-Type",
];

/** What `h=` names: a little, the usual, or all that the message has; as written there or in odd case. */
function namesFor(message: UglyMessage, fieldNames: RegExp, dice: Dice): string[] {
  const present = [...new Set(message.fields.map(nameOf))].filter(
    (name) => !neverSigned.has(name) && fieldNames.test(name),
  );
  const names = dice.pick([
    ["From"],
    ["From", "Subject"],
    ["From", ...dice.some(usual, 5), ...dice.some(present, 3)],
    usual,
    present,
    present,
  ]);
  const unique = new Map(names.map((name) => [name.toLowerCase(), name]));
  unique.set("from", unique.get("from") ?? "From");
  return [...unique.values()];
}

/** What some signers leave out or refuse: RFC 6376 §5.4 has it not signed. */
const neverSigned = new Set(["return-path", "authentication-results"]);

/** An order that a signer of this range can be given. */
export function orderFor(message: UglyMessage, range: SigningRange, dice: Dice): SigningOrder {
  const selectors = range.selectors.flatMap((selector) => Array.from({ length: weights[selector] }, () => selector));
  return {
    message: textOf(message),
    selector: dice.pick(selectors),
    canonicalization: dice.pick(range.canonicalizations),
    headers: namesFor(message, range.fieldNames, dice),
    oversigned: range.oversigned && dice.oneIn(2),
    identity:
      range.identity && dice.oneIn(4)
        ? dice.pick(["@example.com", "joe@news.example.com", "@a.b.example.com"])
        : undefined,
    lifetimeSeconds: range.lifetime && dice.oneIn(6) ? 86_400 : undefined,
    bodyLength: range.bodyLength && dice.oneIn(6),
    copiedFields: range.copiedFields && dice.oneIn(6),
  };
}
