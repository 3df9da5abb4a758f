import { forge, relaxedBody, simpleBody } from "../../../protocol/vectors/dkim/example.ts";
import type { Keys } from "../dkim-peers/keys.ts";
import { selectors, signingDomain } from "../dkim-peers/peer.ts";
import { Dice } from "../ugly/dice.ts";
import { uglyMessage } from "../ugly/generate.ts";
import { nameOf, type UglyMessage } from "../ugly/message.ts";
import { signedMessage } from "../ugly/signed.ts";
import type { Case } from "./cases.ts";

// Signatures that no signer here writes, made by the few lines of `forge`: their tags in any order and with white space wherever
// RFC 6376 §3.2 and §3.5 allow it, tags that are absent or unknown, `l=`, `z=`.

export const handmadeCases = (keys: Keys, seed: number, count: number): Case[] =>
  Array.from({ length: count }, (_, number) => {
    const dice = new Dice(seed, -number);
    return handmadeCase(keys, uglyMessage(number, dice), number, dice);
  });

function handmadeCase(keys: Keys, message: UglyMessage, number: number, dice: Dice): Case {
  const selector = dice.pick(selectors);
  const privateKey = keys.privateKeys[selector];
  const template = signatureTemplate(message, selector === "ed25519" ? "ed25519-sha256" : "rsa-sha256", selector, dice);
  const field = forge(template, { header: message.fields.join(""), body: message.body, privateKey });
  const folded = field.replace(/(?<=[;:]\s*b\s*=\s*)[\w+/=]{50,}/, (value) =>
    value.replaceAll(/.{1,57}/g, (line) => line + dice.pick(["\r\n ", "\r\n\t ", " "])).trimEnd(),
  );
  const signed = signedMessage(folded, message);
  return { number, selector, original: signed, message: signed, change: undefined, expected: "pass" };
}

const canonicalizations = [
  "simple/simple",
  "relaxed/simple",
  "simple/relaxed",
  "relaxed/relaxed",
  "relaxed",
  "simple",
  undefined,
];

/** A field for `forge` to fill in. */
function signatureTemplate(message: UglyMessage, algorithm: string, selector: string, dice: Dice): string {
  const { body } = message;
  const canonicalization = dice.pick(canonicalizations);
  const bodyLength = (canonicalization?.endsWith("/relaxed") === true ? relaxedBody(body) : simpleBody(body)).length;
  const names = message.fields.map(nameOf).filter((name) => name === "from" || dice.oneIn(2));
  const some = (count: number, value: string): string | undefined => (dice.oneIn(count) ? value : undefined);
  const tags: Record<string, string | undefined> = {
    v: "1",
    a: algorithm,
    c: canonicalization,
    d: signingDomain,
    s: selector,
    q: some(3, "dns/txt"),
    t: some(3, "1117574938"),
    l: body.endsWith("\r\n") ? some(3, String(bodyLength)) : undefined,
    i: some(3, dice.pick(["@example.com", "joe=2Buser@a.example.com"])),
    z: some(4, "From:foo@eng.example.net|Subject:demo=20run|b:=3Bb=3Dx"),
    unknown_1: some(3, "b=x bh=y"),
    h: names.join(dice.pick([":", " : ", ":\r\n "])),
    bh: "{bh}",
    b: "{b}",
  };
  const list = Object.entries(tags).flatMap(([name, value]) => (value === undefined ? [] : [{ name, value }]));
  if (dice.oneIn(2)) dice.shuffle(list);
  const space = (): string => dice.pick(["", "", " ", "\t", "\r\n ", " \r\n\t"]);
  const seldom = (): string => (dice.oneIn(5) ? space() : "");
  const text = list.map(({ name, value }) => `${space()}${name}${seldom()}=${seldom()}${value}${seldom()}`);
  return `DKIM-Signature:${text.join(";")}${dice.pick(["", ";"])}\r\n`;
}
