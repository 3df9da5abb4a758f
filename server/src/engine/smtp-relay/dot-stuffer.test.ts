import * as fc from "fast-check";
import { expect, test } from "vitest";
import { DataScanner } from "./data-scanner.ts";
import { DotStuffer } from "./dot-stuffer.ts";

const line = fc.string({ unit: fc.constantFrom(".", "..", "a", "\t", "\xe9"), maxLength: 6 });

test("R-13 what is stuffed in any chunks is unstuffed to the same octets, and ends where it ends", () => {
  const property = fc.property(
    fc.array(line, { maxLength: 12 }),
    fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 4 }),
    (lines, sizes) => {
      const octets = Buffer.from(lines.map((text) => `${text}\r\n`).join(""), "latin1");
      const stuffer = new DotStuffer();
      const stuffed: Buffer[] = [];
      for (let at = 0, turn = 0; at < octets.length; turn += 1) {
        const size = sizes[turn % sizes.length] ?? 1;
        stuffed.push(stuffer.feed(octets.subarray(at, at + size)));
        at += size;
      }
      const { content, rest } = new DataScanner().feed(Buffer.concat([...stuffed, Buffer.from(stuffer.end())]));
      expect(content.equals(octets)).toBe(true);
      expect(rest).toHaveLength(0);
    },
  );
  fc.assert(property, { numRuns: 1000 });
});

test("a last line without its end gets one", () => {
  const stuffer = new DotStuffer();
  stuffer.feed(Buffer.from("a"));
  expect(stuffer.end()).toBe("\r\n.\r\n");
});
