import { createPublicKey } from "node:crypto";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { ed25519PrivateKey, rsaPrivateKey } from "../../vectors/dkim/example.ts";
import { formatKeyRecord, parseKeyRecord } from "./key/key-record.ts";
import { parseTagList } from "./signature/tag-list.ts";

const blank = fc.array(fc.constantFrom(" ", "\t", "\r\n ", "\r\n\t"), { maxLength: 3 }).map((parts) => parts.join(""));
const tagName = fc.stringMatching(/^[A-Za-z][A-Za-z0-9_]{0,8}$/);
/** tval of RFC 6376 §3.2: it neither begins nor ends in white space; blanks and folds may stand inside. */
const tagValue = fc
  .tuple(fc.stringMatching(/^(?:[!-:<-~]{0,8})$/), blank, fc.stringMatching(/^[!-:<-~\x80-\xff]{1,8}$/))
  .map(([start, inside, end]) => (start === "" ? end : start + inside + end));
const tag = fc.record({
  name: tagName,
  value: fc.oneof(tagValue, fc.constant("")),
  blanks: fc.tuple(blank, blank, blank, blank),
});

test("DKIM-V-01 a tag list written by the grammar is read as it was meant, with the place of each value", () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(tag, { selector: ({ name }) => name, minLength: 1, maxLength: 12 }),
      fc.boolean(),
      blank,
      (tags, closed, end) => {
        const text =
          tags.map(({ name, value, blanks: [a, b, c, d] }) => `${a}${name}${b}=${c}${value}${d}`).join(";") +
          (closed ? `;${end}` : "");
        const list = parseTagList(text);
        expect(list.ok).toBe(true);
        if (!list.ok) return;
        expect([...list.value].map(([name, { value }]) => ({ name, value }))).toEqual(
          tags.map(({ name, value }) => ({ name, value })),
        );
        for (const { value, start, end: stop } of list.value.values())
          expect(text.slice(start, stop).replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, "")).toBe(value);
      },
    ),
    { numRuns: 2000 },
  );
});

test("DKIM-V-04 a name that comes twice makes any list invalid", () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(tag, { selector: ({ name }) => name, minLength: 1, maxLength: 6 }),
      fc.nat(),
      (tags, which) => {
        const again = tags[which % tags.length]!;
        const text = [...tags, again].map(({ name, value }) => `${name}=${value}`).join(";");
        expect(parseTagList(text).ok).toBe(false);
      },
    ),
  );
});

test("DKIM-K-03 a key record that was formatted is read as it was, also with tags that nobody knows behind it", () => {
  const words = (...all: string[]): fc.Arbitrary<string[]> => fc.subarray(all);
  const unknown = fc.uniqueArray(
    fc.tuple(
      tagName.map((name) => `x${name}`),
      tagValue,
    ),
    { selector: ([name]) => name, maxLength: 3 },
  );
  fc.assert(
    fc.property(
      fc.constantFrom(rsaPrivateKey, ed25519PrivateKey),
      words("y", "s", "other"),
      words("*", "email", "other"),
      words("sha1", "sha256"),
      unknown,
      (privateKey, flags, services, hashes, more) => {
        const publicKey = createPublicKey(privateKey);
        const text = [
          formatKeyRecord(publicKey, { flags, services, hashes }),
          ...more.map(([name, value]) => `${name}=${value}`),
        ].join("; ");
        const record = parseKeyRecord(text);
        expect(record).toMatchObject({
          ok: true,
          value: {
            keyType: publicKey.asymmetricKeyType,
            flags,
            services: services.length === 0 ? ["*"] : services,
            hashes: hashes.length === 0 ? undefined : hashes,
            warnings: [],
          },
        });
        if (!record.ok || record.value.key.state !== "usable") return expect.fail("no usable key");
        expect(record.value.key.publicKey.object.equals(publicKey)).toBe(true);
      },
    ),
    { numRuns: 300 },
  );
});
