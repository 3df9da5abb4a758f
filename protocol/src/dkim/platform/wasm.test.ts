import * as fc from "fast-check";
import { expect, test } from "vitest";
import { findLineStart } from "../sign/line-check.ts";
import { relax, relaxPages } from "../hash/relax-lines.ts";
import { assembled, plain, type WasmFunction } from "./wasm.ts";

const from = 4096;
const to = 70_000;
const piece = fc.oneof(
  fc.constantFrom(
    " ",
    "\t",
    "\r\n",
    "\r",
    "\n",
    "\0",
    "a",
    "word ".repeat(9),
    "x".repeat(33),
    " ".repeat(40),
    "y".repeat(999),
  ),
  fc.string({ unit: "binary-ascii", maxLength: 20 }),
);
/** Ends as both functions are given their octets: in neither white space nor CR, and with no LF behind. */
const text = fc.array(piece, { maxLength: 80 }).map((pieces) => `${pieces.join("")}.`);

/** The first is there: otherwise each test would compare the plain path with itself. */
const bothOf = (pages: number, each: WasmFunction) => [assembled(pages, [each])!, plain(pages, [each])] as const;

test("the plain path relaxes white space to the same octets", () => {
  const both = bothOf(relaxPages, relax);
  // The table of shuffles: what is kept of eight octets.
  for (let set = 0; set < 256; set++) {
    const places = [0, 1, 2, 3, 4, 5, 6, 7].filter((place) => (set >> place) & 1);
    both[0].memory.fill(0x80, 16 * set, 16 * set + 16);
    both[0].memory.set(places, 16 * set);
  }
  fc.assert(
    fc.property(text, (octets) => {
      const written = both.map(({ memory, call }) => {
        memory.set(Buffer.from(octets, "latin1"), from);
        memory[from + octets.length] = 0;
        const end = call["relax"]!(from, from + octets.length, to);
        return Buffer.from(memory.subarray(to, end)).toString("latin1");
      });
      expect(written[1]).toBe(written[0]);
    }),
    { numRuns: 3000 },
  );
});

test("the plain path finds the same faults of lines, and the same beginning of the last one", () => {
  const both = bothOf(2, findLineStart);
  fc.assert(
    fc.property(text, fc.nat(999), (octets, before) => {
      const found = both.map(({ memory, call }) => {
        memory.set(Buffer.from(octets, "latin1"), from);
        memory.fill(0x78, from + octets.length, from + octets.length + 17);
        return call["findLineStart"]!(from, from + octets.length, from - before);
      });
      expect(found[1]).toBe(found[0]);
    }),
    { numRuns: 3000 },
  );
});
