// Signing and verifying as one: what was signed verifies, and what is changed afterwards does not, unless canonicalization hides it.
import * as fc from "fast-check";
import { expect, test } from "vitest";
import {
  ed25519Key,
  keyRecords,
  octets,
  now,
  relaxedBody,
  relaxedField,
  resolver,
  rsaKey,
  simpleBody,
} from "../../vectors/dkim/example.ts";
import { octetText } from "../mail/octets.ts";
import type { Canonicalization } from "./signature/signature.ts";
import { sign, type SignOptions } from "./sign/sign.ts";
import { verify } from "./verify/verify.ts";

type Field = { name: string; value: string };
type Letter = { fields: Field[]; body: string };

const word = fc.constantFrom(
  "a",
  "B",
  " ",
  "\t",
  "  ",
  ":",
  ";",
  "=",
  "\x7f",
  "\x01",
  "\xe9",
  "\xff",
  "\r\n ",
  "\r\n\t \t",
  "x".repeat(70),
);
const value = fc.array(word, { maxLength: 12 }).map((words) => words.join(""));
const fieldName = fc.constantFrom(
  "X-A",
  "x-a",
  "X!",
  "Received",
  "Comments",
  "List-Id",
  "Reply-To",
  "reply-TO",
  "Content-Type",
);
const field: fc.Arbitrary<Field> = fc.record({ name: fieldName, value });
const line = fc.array(fc.constantFrom("a", "..", " ", "\t", "\xff", "word ", "=20", "x".repeat(80)), { maxLength: 10 });
const letter: fc.Arbitrary<Letter> = fc.record({
  fields: fc
    .tuple(fc.array(field, { maxLength: 6 }), fc.array(field, { maxLength: 6 }), value)
    .map(([above, below, text]) => [
      ...above,
      { name: "FROM", value: " joe@example.com" },
      { name: "Subject", value: text },
      ...below,
    ]),
  body: fc
    .tuple(fc.array(line, { maxLength: 8 }), fc.constantFrom("", "\r\n", "\r\n\r\n", " \r\n \r\n"))
    .map(([lines, end]) => lines.map((words) => words.join("")).join("\r\n") + end),
});
const textOf = ({ fields, body }: Letter): string =>
  `${fields.map((one) => `${one.name}:${one.value}\r\n`).join("")}\r\n${body}`;

const canonicalization = fc.constantFrom<Canonicalization>(
  "simple/simple",
  "simple/relaxed",
  "relaxed/simple",
  "relaxed/relaxed",
);
const options: fc.Arbitrary<SignOptions> = fc.record({
  // Ed25519 mostly: it makes the same signature each time, and is fast.
  keys: fc.constantFrom([ed25519Key], [ed25519Key], [ed25519Key, rsaKey], [rsaKey]),
  canonicalization,
  headers: fc.option(
    fc
      .array(fc.constantFrom("Subject", "x-a", "X-A", "received", "Missing", "reply-to", "from"), { maxLength: 8 })
      .map((names) => ["From", ...names]),
    { nil: undefined },
  ),
  identity: fc.constantFrom(undefined, "@example.com", "jo e=1;@mail.example.com", "jos\u00e9@example.com"),
  now: fc.constantFrom(now, null),
});
const lifetime = fc.constantFrom(undefined, 1, 604_800);
const withLifetime = fc
  .tuple(options, lifetime)
  .map(([base, lifetimeSeconds]): SignOptions => (base.now === null ? base : { ...base, lifetimeSeconds }));

async function* pieces(text: string, places: readonly number[]): AsyncGenerator<Uint8Array> {
  const cuts = [0, ...places.map((place) => place % (text.length + 1)).sort((one, other) => one - other), text.length];
  for (const [at, cut] of cuts.entries()) yield octets(text.slice(cut, cuts[at + 1]));
}

const resolveTxt = resolver(keyRecords);
const verdicts = async (message: string): Promise<string[]> =>
  (await verify(octets(message), { resolveTxt, now })).map(({ result, reason }) => reason ?? result);

test("whatever can be signed verifies, with any options and cut anywhere", async () => {
  await fc.assert(
    fc.asyncProperty(letter, withLifetime, fc.array(fc.nat(), { maxLength: 5 }), async (one, how, places) => {
      const text = textOf(one);
      const fields = octetText(await sign(octets(text), how));
      expect(octetText(await sign(pieces(text, places), how))).toBe(fields);
      expect(await verdicts(fields + text)).toEqual(how.keys.map(() => "pass"));
      for (const part of fields.split("\r\n")) expect(part.length).toBeLessThanOrEqual(78);
    }),
    { numRuns: 500 },
  );
});

/** What a signature over From, Subject and each X-A protects, by the plainest means. */
function protectedPart({ fields, body }: Letter, rule: Canonicalization): string {
  const [headerRule, bodyRule] = rule.split("/");
  const signed = fields.filter(({ name }) => ["from", "subject", "x-a"].includes(name.toLowerCase()));
  const raw = signed.map(({ name, value }) => `${name}:${value}\r\n`);
  return `${raw.map((text) => (headerRule === "relaxed" ? relaxedField(text) : text)).join("|")}#${bodyRule === "relaxed" ? relaxedBody(body) : simpleBody(body)}`;
}

const mend: fc.Arbitrary<(one: Letter) => Letter> = fc.oneof(
  // In a field: other white space, another letter, a fold.
  fc
    .tuple(fc.nat(), fc.nat(), fc.constantFrom(" ", "\t", "", "a", "\r\n "))
    .map(([which, place, put]) => (one: Letter) => ({
      ...one,
      fields: one.fields.map((old, at) => {
        if (at !== which % one.fields.length) return old;
        const cut = place % (old.value.length + 1);
        const changed = old.value.slice(0, cut) + put + old.value.slice(cut + 1);
        return { ...old, value: changed.replace(/\r(?!\n)|(?<!\r)\n|\r\n(?![ \t])/g, "") };
      }),
    })),
  // In the body.
  fc.tuple(fc.nat(), fc.constantFrom(" ", "\t", "", "a", "\r\n", "\r\n\r\n")).map(([place, put]) => (one: Letter) => {
    const cut = place % (one.body.length + 1);
    return { ...one, body: one.body.slice(0, cut) + put + one.body.slice(cut) };
  }),
  // A field of any name on top, or none of one name.
  field.map((added) => (one: Letter) => ({ ...one, fields: [added, ...one.fields] })),
  fieldName.map((gone) => (one: Letter) => ({ ...one, fields: one.fields.filter(({ name }) => name !== gone) })),
);

test("a signature holds exactly as long as nothing changes that canonicalization keeps", async () => {
  await fc.assert(
    fc.asyncProperty(
      letter,
      canonicalization,
      fc.array(mend, { minLength: 1, maxLength: 3 }),
      async (one, rule, mends) => {
        const instances = one.fields.filter(({ name }) => name.toLowerCase() === "x-a").length;
        // Each name once more than it occurs, so that fields which are added count as a change.
        const headers = ["from", "from", "subject", "subject", ...Array.from({ length: instances + 1 }, () => "x-a")];
        const fields = octetText(
          await sign(octets(textOf(one)), { keys: [ed25519Key], canonicalization: rule, headers, now }),
        );
        const changed = mends.reduce((letter, change) => change(letter), one);
        const intact = protectedPart(changed, rule) === protectedPart(one, rule);
        const [verdict] = await verdicts(fields + textOf(changed));
        expect(verdict === "pass").toBe(intact);
      },
    ),
    { numRuns: 1000 },
  );
});
