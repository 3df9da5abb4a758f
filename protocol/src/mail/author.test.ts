import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { authorOf, type Author } from "./author.ts";
import { parseAddressList } from "./address.ts";
import { splitHeader } from "./header.ts";
import { octetsOf } from "./octets.ts";

const author = (header: string): Author => {
  const fields = splitHeader(octetsOf(header));
  if (!fields.ok) throw new Error(fields.problem);
  return authorOf(fields.value);
};
const from = (value: string): Author => author(`From: ${value}\r\n`);

describe("one From field with one address has an author domain", () => {
  test.each([
    ["an address alone", "joe@example.com", "example.com"],
    ["angle brackets", "<joe@example.com>", "example.com"],
    ["a display name", "Joe SixPack <joe@Example.COM>", "example.com"],
    ["a quoted display name with specials", '"Six, Joe <x@example.org>" <joe@example.com>', "example.com"],
    ["a quoted pair in it", '"a \\" <b@example.org>" <joe@example.com>', "example.com"],
    ["a dot in the display name, as real mail has it", "Joe Q. Public <joe@example.com>", "example.com"],
    ["an encoded word in the display name", "=?utf-8?B?PGFAZXhhbXBsZS5vcmc+?= <joe@example.com>", "example.com"],
    ["octets in it that are no UTF-8", "Jos\xe9 <joe@example.com>", "example.com"],
    ["nested comments", "joe (a (b) \\) c)@ (d) example.com (e)", "example.com"],
    ["a folded field", "Joe\r\n <joe@example.com>", "example.com"],
    ["a quoted local part", '"joe@example.org"@example.com', "example.com"],
    ["a U-label", "joe@b\xc3\xbccher.example", "xn--bcher-kva.example"],
    ["a domain with an underscore", "joe@a_b.example", "a_b.example"],
  ])("%s", (_title, value, domain) => {
    expect(from(value)).toMatchObject({ ok: true, domain });
  });
});

describe("anything else has none", () => {
  test.each([
    ["no-from", "Sender: joe@example.com\r\n"],
    ["several-from-fields", "From: a@example.com\r\nFrom: a@example.com\r\n"],
    ["several-from-fields", "From : a@example.com\r\nFrom: b@example.net\r\n"],
    ["several-from-fields", "From\r\n : a@example.com\r\nFROM: b@example.net\r\n"],
    ["unparsable", "From : a@example.com\r\n"],
    ["unparsable", " From: a@example.com\r\nFrom: b@example.net\r\n"],
  ])("%s: %j", (reason, header) => {
    expect(author(header)).toMatchObject({ ok: false, reason });
  });

  test.each([
    ["several-addresses", "two addresses", "a@example.com, b@example.net"],
    ["several-addresses", "an address and one in brackets", "admin@example.com,<second@example.net>"],
    ["group", "a group", "friends: a@example.com;"],
    ["group", "an empty group", "nobody:;"],
    ["unparsable", "nothing", ""],
    ["unparsable", "no address", "Joe SixPack"],
    ["unparsable", "a source route", "<@example.com,@example.org:joe@example.net>"],
    ["unparsable", "text behind an address", "<any@example.net>admin@example.com"],
    ["unparsable", "a backslash between addresses", "<admin@example.com>\\,<second@example.net>"],
    ["unparsable", "an encoded word as an address", "=?utf-8?b?YWRtaW4=?=@example.com"],
    ["unparsable", "an address literal", "joe@[192.0.2.1]"],
    ["unparsable", "a final dot", "joe@example.com."],
    ["unparsable", "two dots", "joe@example..com"],
    ["unparsable", "white space inside the domain", "joe@example .com"],
    ["unparsable", "a comment inside the local part", "jo(x).e@example.com"],
    ["unparsable", "an empty element", ",joe@example.com"],
    ["unparsable", "an open quote", '"joe@example.com'],
    ["unparsable", "an open comment", "joe@example.com (x"],
    ["unparsable", "an open bracket", "<joe@example.com"],
    ["unparsable", "NUL", "joe@example.com\0.example.net"],
    ["unparsable", "a full-width dot", "joe@example\xe3\x80\x82com"],
    ["unparsable", "two at signs", "joe@example.net@example.com"],
    ["unparsable", "comments nested too deep", `${"(".repeat(200)}${")".repeat(200)}joe@example.com`],
  ])("%s: %s", (reason, _title, value) => {
    expect(from(value)).toMatchObject({ ok: false, reason });
  });

  test("the addresses of several are all there", () => {
    const several = from("a@example.com, B <b@Example.NET>");
    expect(several.addresses.map(({ domain }) => domain)).toEqual(["example.com", "example.net"]);
  });
});

test("any octets are an answer, and ten thousand addresses take no time", () => {
  const piece = fc.constantFrom(
    "a",
    "@",
    "<",
    ">",
    ",",
    ":",
    ";",
    '"',
    "(",
    ")",
    "\\",
    ".",
    " ",
    "\r\n ",
    "[",
    "=?",
    "\xe9",
    "\0",
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
      expect(typeof parseAddressList(pieces.join("")).ok).toBe("boolean");
    }),
  );
  expect(from("a@example.com,".repeat(10_000)).ok).toBe(false);
  expect(from("(".repeat(500_000)).ok).toBe(false);
});
