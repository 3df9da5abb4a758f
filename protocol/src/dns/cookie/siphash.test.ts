import { expect, test } from "vitest";
import { sipHash, sipKey } from "./siphash.ts";

const key = sipKey(Uint8Array.from({ length: 16 }, (_, octet) => octet));

/** The octets 0, 1, 2, … under the key 00 01 … 0f: the reference program's table, and what OpenSSL's SIPHASH says. */
test.each([
  [0, "310e0edd47db6f72"],
  [1, "fd67dc93c539f874"],
  [2, "5a4fa9d909806c0d"],
  [3, "2d7efbd796666785"],
  [7, "37d1018bf50002ab"],
  [8, "6224939a79f5f593"],
  [15, "e545be4961ca29a1"],
  [16, "db9bc2577fcc2a3f"],
  [20, "98eea21af25cd6be"],
  [32, "ce7cf2722f512771"],
  [63, "724506eb4c328a95"],
])("SipHash-2-4 of %d octets", (length, expected) => {
  const octets = Uint8Array.from({ length: length + 5 }, (_, octet) => octet);
  const to = new Uint8Array(10);
  sipHash(key, octets, length, to, 1);
  expect(Buffer.from(to).toString("hex")).toBe(`00${expected}00`);
});

test("a key of another length is refused", () => {
  expect(() => sipKey(new Uint8Array(15))).toThrow(TypeError);
});
