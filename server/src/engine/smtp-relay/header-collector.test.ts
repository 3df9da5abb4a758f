import { expect, test } from "vitest";
import { countFields, HeaderCollector } from "./header-collector.ts";

function collect(text: string, size: number, octetsMax = 1000): HeaderCollector {
  const collector = new HeaderCollector({ octetsMax });
  const octets = Buffer.from(text, "latin1");
  for (let at = 0; at < octets.length; at += size) collector.feed(octets.subarray(at, at + size));
  return collector;
}

const cases: [name: string, text: string, header: string][] = [
  ["a header and a body", "A: 1\r\nB: 2\r\n\r\nbody\r\n\r\nmore", "A: 1\r\nB: 2\r\n\r\n"],
  ["no header", "\r\nbody\r\n\r\n", "\r\n"],
  ["no body", "A: 1\r\n", "A: 1\r\n"],
  ["an empty message", "", ""],
];

for (const [name, text, header] of cases) {
  test(`${name}: the header is found in chunks of any size`, () => {
    for (let size = 1; size <= 12; size += 1) expect(collect(text, size).header().toString("latin1")).toBe(header);
  });
}

test("a header over the limit is not kept", () => {
  const collector = collect(`A: ${"x".repeat(2000)}\r\n\r\n`, 100);
  expect(collector.tooLong).toBe(true);
  expect(collector.header()).toHaveLength(0);
});

test("a long body behind a short header is no long header", () => {
  expect(collect(`A: 1\r\n\r\n${"x".repeat(5000)}`, 100).tooLong).toBe(false);
});

test("Received fields are counted in any case, folded lines and look-alikes are not", () => {
  const header = "Received: a\r\n b\r\nRECEIVED : c\r\nReceived-SPF: x\r\nX: Received: y\r\n Received: z\r\n\r\n";
  expect(countFields(Buffer.from(header))).toEqual({ fields: 4, received: 2 });
});

test("lines without a colon are counted in linear time", () => {
  // Looking for each line's colon would take minutes here, far beyond what a test may.
  expect(countFields(Buffer.from("received\r\n".repeat(500_000)))).toEqual({ fields: 500_000, received: 0 });
});
