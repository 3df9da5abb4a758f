import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type DataFault, DataScanner } from "./data-scanner.ts";

type Scan = { content: string; fault: DataFault | undefined; rest: string | undefined };

/** Feeds a text (one character an octet) in pieces of the given sizes. */
function scan(text: string, sizes: number[] = [text.length]): Scan {
  const scanner = new DataScanner();
  const octets = Buffer.from(text, "latin1");
  let content = "";
  for (let at = 0, turn = 0; at < octets.length; turn += 1) {
    const size = Math.max(1, sizes[turn % sizes.length] ?? 1);
    const scanned = scanner.feed(octets.subarray(at, at + size));
    content += scanned.content.toString("latin1");
    at += size;
    if (scanned.rest !== undefined) {
      const rest = scanned.rest.toString("latin1") + octets.subarray(at).toString("latin1");
      return { content, fault: scanner.fault, rest };
    }
  }
  return { content, fault: scanner.fault, rest: undefined };
}

/** The rule said in another way: whole text, string search. */
function rule(text: string): { content: string; clean: boolean; rest: string | undefined } {
  const framed = `\r\n${text}`;
  const end = framed.indexOf("\r\n.\r\n");
  const stuffed = end < 0 ? framed : framed.slice(0, end + 2);
  const lines = stuffed.split("\r\n").slice(1);
  const unstuffed = lines.map((line) => (line.startsWith(".") ? line.slice(1) : line));
  const content = unstuffed.join("\r\n");
  const clean = unstuffed.every((line) => !/[\r\n\0]/.test(line) && line.length <= 998);
  return { content, clean, rest: end < 0 ? undefined : framed.slice(end + 5) };
}

const cases: [name: string, text: string, expected: Scan][] = [
  ["an empty message ends at once", ".\r\nQUIT\r\n", { content: "", fault: undefined, rest: "QUIT\r\n" }],
  ["one line", "a\r\n.\r\n", { content: "a\r\n", fault: undefined, rest: "" }],
  [
    "DKIM-V-66 a doubled dot is one dot",
    "..\r\n...a\r\n.\r\n",
    { content: ".\r\n..a\r\n", fault: undefined, rest: "" },
  ],
  ["a single dot before text goes (RFC 5321 §4.5.2)", ".a\r\n.\r\n", { content: "a\r\n", fault: undefined, rest: "" }],
  ["a dot inside a line stays", "a.b\r\n.\r\n", { content: "a.b\r\n", fault: undefined, rest: "" }],
  [
    "a line of 998 octets is taken",
    `${"x".repeat(998)}\r\n.\r\n`,
    { content: `${"x".repeat(998)}\r\n`, fault: undefined, rest: "" },
  ],
  [
    "DKIM-S-19 a line of 999 octets is a fault",
    `${"x".repeat(999)}\r\n.\r\n`,
    { content: `${"x".repeat(999)}\r\n`, fault: "line-too-long", rest: "" },
  ],
  ["NUL after the end is no fault of the message", "a\r\n.\r\n\0", { content: "a\r\n", fault: undefined, rest: "\0" }],
  ["NUL in the message is a fault", "a\0b\r\n.\r\n", { content: "a\0b\r\n", fault: "nul", rest: "" }],
];

for (const [name, text, expected] of cases) {
  test(name, () => {
    expect(scan(text)).toEqual(expected);
    expect(scan(text, [1])).toEqual(expected);
  });
}

describe("R-13 no line end but <CRLF> ends a message, whatever stands around the dot", () => {
  const ends = ["\r\n", "\n", "\r", "\r\r\n", "\n\r", "\n\n", "\r\n\n", "\0\r\n", "\r\0\n", "\x85", " \r\n", ""];
  for (const before of ends) {
    for (const after of ends) {
      const name = JSON.stringify(`${before}.${after}`);
      test(name, () => {
        const text = `Subject: a\r\n\r\nbody${before}.${after}MAIL FROM:<evil@example.com>\r\n.\r\n`;
        const expected = rule(text);
        for (const sizes of [[text.length], [1], [7], [2, 1], [20, 1, 1, 1]]) {
          const found = scan(text, sizes);
          expect(found.rest).toBe(expected.rest);
          expect(found.fault === undefined).toBe(expected.clean);
          if (expected.clean) expect(found.content).toBe(expected.content);
        }
      });
    }
  }
});

test("any octets in any chunks: the end, the content and whether it is clean are those of the rule", () => {
  const piece = fc.constantFrom("\r", "\n", "\r\n", ".", "..", "\r\n.\r\n", "\r\n.", "a", "\0", "é", "x".repeat(500));
  const property = fc.property(
    fc.array(piece, { maxLength: 40 }),
    fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 }),
    (pieces, sizes) => {
      const text = `${pieces.join("")}\r\n.\r\nNOOP\r\n`;
      const expected = rule(text);
      const found = scan(text, sizes);
      expect(found.rest).toBe(expected.rest);
      expect(found.fault === undefined).toBe(expected.clean);
      if (expected.clean) expect(found.content).toBe(expected.content);
    },
  );
  fc.assert(property, { numRuns: 2000 });
});

/** Counts the octets that are looked through for a CR or LF: where each search begins anew, that grows with the square. */
function searched(chunk: Buffer): { chunk: Buffer; octets: () => number } {
  let octets = 0;
  const counting = Object.assign(chunk, {
    indexOf: (octet: number, from: number): number => {
      const found = Uint8Array.prototype.indexOf.call(chunk, octet, from);
      octets += (found < 0 ? chunk.length : found + 1) - from;
      return found;
    },
  });
  return { chunk: counting, octets: () => octets };
}

test.each(["..\r\n", "\n", "\r", ".", "\r\n.", "a", "a\r", "a\n"])(
  "work is linear: a chunk of %j is looked through once for each of CR and LF",
  (unit) => {
    const { chunk, octets } = searched(Buffer.alloc(65_536, unit));
    new DataScanner().feed(chunk);
    expect(octets()).toBeGreaterThan(0);
    expect(octets()).toBeLessThanOrEqual(2 * chunk.length);
  },
);
