import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  childName,
  expandWireName,
  isAtOrBelow,
  labelsOf,
  nameTextToWire,
  nameToWire,
  parentName,
  parseName,
  readWireName,
} from "./name.ts";

const octetsOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const label63 = "a".repeat(63);
const name255 = `${label63}.${label63}.${label63}.${"a".repeat(61)}`;

/** Any name, as labels of any octets within the limits. */
const anyLabels = fc
  .array(fc.uint8Array({ minLength: 1, maxLength: 63 }), { maxLength: 8 })
  .filter((labels) => labels.reduce((octets, label) => octets + label.length + 1, 1) <= 255);

const wireOf = (labels: readonly Uint8Array[]): Uint8Array =>
  Uint8Array.from([...labels.flatMap((label) => [label.length, ...label]), 0]);

describe("names as text", () => {
  const canonical: [written: string, name: string][] = [
    ["S1._DomainKey.Customer.Example.", "s1._domainkey.customer.example"],
    [".", "."],
    ["a\\.b.example", "a\\.b.example"],
    ["a\\\\.example", "a\\\\.example"],
    ["\\065\\066.example", "ab.example"],
    ["\\000\\255.example", "\\000\\255.example"],
    ["a b.example", "a\\032b.example"],
    ["\\@\\;\\$\\(\\).example", "\\064\\059\\036\\040\\041.example"],
    ["*.example", "*.example"],
    [`${label63}.example`, `${label63}.example`],
    [name255, name255],
    [`${name255}.`, name255],
  ];
  test.each(canonical)("DNS-A-14 %s is written %s", (written, name) => {
    expect(parseName(written)).toEqual({ ok: true, value: name });
    expect(parseName(name)).toEqual({ ok: true, value: name });
  });

  const refused: [written: string, problem: RegExp][] = [
    ["", /empty name/],
    ["..", /empty label/],
    ["a..b", /empty label/],
    [".a", /empty label/],
    [`${label63}a.example`, /63/],
    [`${name255}a`, /255/],
    [`a.${name255}`, /255/],
    ["a\\25", /three digits/],
    ["a\\256", /three digits/],
    ["a\\", /escape/],
    ["bücher.example", /ASCII/],
  ];
  test.each(refused)("DNS-A-13 %s is no name", (written, problem) => {
    const result = parseName(written);
    expect(result).toMatchObject({ ok: false, problem: expect.stringMatching(problem) });
  });

  test("any octets in labels survive text and back, case kept", () => {
    fc.assert(
      fc.property(anyLabels, (labels) => {
        const wire = wireOf(labels);
        const read = readWireName(wire, 0, { pointers: "refused", letters: "kept" });
        if (!read.ok) throw new Error(read.problem);
        expect(nameToWire(read.value.name)).toEqual(wire);
        expect(labelsOf(read.value.name)).toHaveLength(labels.length);
      }),
    );
  });

  test("any text gives a name or a problem", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 300 }), (text) => {
        const wire = nameTextToWire(text);
        if (wire.ok) expect(readWireName(wire.value, 0, { pointers: "refused" }).ok).toBe(true);
        else expect(wire.problem).not.toBe("");
      }),
    );
  });
});

describe("names on the wire", () => {
  test("DNS-A-12 a pointer is followed backwards and the name ends after it", () => {
    const message = Uint8Array.from([...new Uint8Array(12), 3, ...octetsOf("Com"), 0, 1, 0x61, 0xc0, 12, 9]);
    expect(readWireName(message, 17, { pointers: "followed" })).toEqual({
      ok: true,
      value: { name: "a.com", end: 21 },
    });
    expect(expandWireName(message, 17)).toEqual({
      ok: true,
      value: { wire: Uint8Array.from([1, 0x61, 3, ...octetsOf("com"), 0]), end: 21 },
    });
    expect(readWireName(message, 17, { pointers: "refused" }).ok).toBe(false);
  });

  const bad: [what: string, octets: number[]][] = [
    ["a pointer to itself", [0xc0, 12]],
    ["a pointer forward", [0xc0, 14, 0]],
    ["two pointers in a circle", [1, 0x61, 0xc0, 12]],
    ["a pointer into the header", [0xc0, 2]],
    ["half a pointer", [0xc0]],
    ["a label type of old", [0x41, 0]],
    ["a label past the end", [5, 1, 2]],
    ["no end", [1, 0x61]],
    ["256 octets", [...Array.from({ length: 127 }, () => [1, 0x61]).flat(), 1, 0x61, 0]],
  ];
  test.each(bad)("DNS-A-12 %s is refused", (_, octets) => {
    const message = Uint8Array.from([...new Uint8Array(12), ...octets]);
    expect(readWireName(message, 12, { pointers: "followed" }).ok).toBe(false);
  });

  test("a chain of pointers ends at its limit, so a message of pointers stays linear", () => {
    const message = new Uint8Array(4096);
    for (let at = 14; at < 4096; at += 2) message.set([0xc0 | ((at - 2) >> 8), (at - 2) & 0xff], at);
    expect(readWireName(message, 14 + 2 * 126, { pointers: "followed" }).ok).toBe(true);
    expect(readWireName(message, 14 + 2 * 127, { pointers: "followed" })).toMatchObject({
      problem: expect.stringMatching(/pointers/),
    });
  });
});

describe("the tree", () => {
  test("parents go up to the root", () => {
    expect(parentName("a\\.b.c.example")).toBe("c.example");
    expect(parentName("x\\\\.example")).toBe("example");
    expect(parentName("example")).toBe(".");
    expect(parentName(".")).toBeUndefined();
    expect(childName("a", ".")).toBe("a");
    expect(childName("a", "example")).toBe("a.example");
  });

  const below: [name: string, ancestor: string, is: boolean][] = [
    ["a.example", "example", true],
    ["example", "example", true],
    ["a.example", ".", true],
    [".", ".", true],
    [".", "example", false],
    ["badexample", "example", false],
    ["a\\.example", "example", false],
    ["a\\\\.example", "example", true],
    ["example", "a.example", false],
  ];
  test.each(below)("%s at or below %s: %s", (name, ancestor, is) => {
    expect(isAtOrBelow(name, ancestor)).toBe(is);
  });
});
