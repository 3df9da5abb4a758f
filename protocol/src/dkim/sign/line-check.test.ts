import * as fc from "fast-check";
import { expect, test } from "vitest";
import { octets } from "../../../vectors/dkim/example.ts";
import { CannotSign } from "./cannot-sign.ts";
import { LineCheck } from "./line-check.ts";

const fault = (...chunks: string[]): string => {
  const lines = new LineCheck();
  try {
    for (const chunk of chunks) lines.update(octets(chunk));
    lines.finish();
    return "none";
  } catch (error) {
    if (error instanceof CannotSign) return error.code;
    throw error;
  }
};
/** The rules of DKIM-S-19 in the plainest words. */
const faults = (text: string): string[] => [
  ...(text.includes("\0") ? ["nul"] : []),
  ...(/\r(?!\n)|(?<!\r)\n/.test(text) ? ["bare-line-end"] : []),
  ...(text.split("\r\n").some((line) => line.length > 998) ? ["line-too-long"] : []),
];

test.each([
  ["none", 998, 0],
  ["line-too-long", 999, 0],
  ["none", 998, 65_536],
  ["line-too-long", 999, 65_536],
  ["line-too-long", 70_000, 0],
])(
  "DKIM-S-19 %s: a line of %d octets behind %d others, cut at every place near its ends",
  (expected, length, before) => {
    const text = `${"ab\r\n".repeat(before / 4)}${"x".repeat(length)}\r\ny\r\n`;
    expect(fault(text)).toBe(expected);
    expect(fault(text.slice(0, -5))).toBe(expected);
    for (let at = 0; at < 40; at++) {
      expect(fault(text.slice(0, before + at), text.slice(before + at))).toBe(expected);
      expect(fault(text.slice(0, text.length - at), text.slice(text.length - at))).toBe(expected);
    }
  },
);

test("DKIM-S-19 any text in any chunks has a fault when the rules find one", () => {
  const piece = fc.oneof(
    { weight: 20, arbitrary: fc.constantFrom("\r\n", "\r\n\r\n", "abc", "x".repeat(13), "y".repeat(499)) },
    { weight: 1, arbitrary: fc.constantFrom("\r", "\n", "\0", "\n\r", "z".repeat(999)) },
  );
  fc.assert(
    fc.property(fc.array(fc.array(piece, { maxLength: 20 }), { maxLength: 5 }), (parts) => {
      const chunks = parts.map((part) => part.join(""));
      const expected = faults(chunks.join(""));
      expect(expected.length === 0 ? ["none"] : expected).toContain(fault(...chunks));
    }),
    { numRuns: 3000 },
  );
});
