import * as fc from "fast-check";
import { expect, test } from "vitest";
import { isSerialAfter, nextSerial } from "./serial.ts";

test.each([
  [1, 0, true],
  [0, 1, false],
  [5, 5, false],
  [0, 0xffff_ffff, true],
  [0x8000_0000, 0, false],
  [0x7fff_ffff, 0, true],
  [0, 0x8000_0001, true],
])("DNS-D-01 %d after %d: %s", (serial, other, expected) => {
  expect(isSerialAfter(serial, other)).toBe(expected);
});

test.each([
  [100, 200, 200],
  [100, 100, 101],
  [100, 50, 101],
  [0xffff_ffff, 0, 1],
  [0xffff_fffe, 5, 5],
  [0, 0, 1],
  [7, 9_999_999_999, 8],
  [7, 0x8000_0007, 8],
  [7, 0x8000_0006, 0x8000_0006],
])("DNS-D-02 from %d with %d wanted the next is %d", (current, wanted, expected) => {
  expect(nextSerial(current, wanted)).toBe(expected);
});

test("DNS-D-02 of several wanted the furthest counts, also over the end", () => {
  expect(nextSerial(100, 150, 0, 120)).toBe(150);
  expect(nextSerial(0xffff_fff0, 3, 0xffff_fff8, 2)).toBe(3);
  expect(nextSerial(3, 0xffff_fff8)).toBe(4);
});

test("DNS-D-01 every next serial is after the current one", () => {
  const serial = fc.integer({ min: 0, max: 0xffff_ffff });
  fc.assert(
    fc.property(serial, serial, (current, wanted) => {
      expect(isSerialAfter(nextSerial(current, wanted), current)).toBe(true);
    }),
  );
});
