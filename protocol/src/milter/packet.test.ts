import * as fc from "fast-check";
import { expect, test } from "vitest";
import { createPacketReader, formatPacket, joinBytes, type Packet } from "./packet.ts";

const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, "latin1"));

function readAll(chunks: Uint8Array[], packetBytesMax?: number): { packets: Packet[]; problem: string | undefined } {
  const reader = createPacketReader(packetBytesMax);
  const packets: Packet[] = [];
  let problem: string | undefined;
  for (const chunk of chunks) {
    const batch = reader.push(chunk);
    packets.push(...batch.packets.map(({ command, payload }) => ({ command, payload: payload.slice() })));
    problem = batch.problem;
  }
  return { packets, problem };
}

test("packets come out the same wherever the stream is cut", () => {
  const packet = fc.record({
    command: fc.constantFrom("C", "D", "L", "B", "E"),
    payload: fc.uint8Array({ maxLength: 6000 }).map((payload) => new Uint8Array(payload)),
  });
  fc.assert(
    fc.property(fc.array(packet, { maxLength: 6 }), fc.array(fc.nat(20_000)), (packets, cuts) => {
      const stream = joinBytes(packets.map(({ command, payload }) => formatPacket(command, payload)));
      const points = [0, ...cuts.filter((cut) => cut < stream.length).toSorted((a, b) => a - b), stream.length];
      const chunks = points.slice(1).map((end, i) => stream.subarray(points[i], end));
      expect(readAll(chunks)).toEqual({ packets, problem: undefined });
    }),
  );
});

test("a packet comes out whole when every octet arrives alone", () => {
  const stream = joinBytes([formatPacket("L", bytes("Subject\0 x\0")), formatPacket("N")]);
  expect(readAll(Array.from(stream, (octet) => Uint8Array.of(octet))).packets).toEqual([
    { command: "L", payload: bytes("Subject\0 x\0") },
    { command: "N", payload: new Uint8Array(0) },
  ]);
});

test.each([
  { name: "of zero", prefix: [0, 0, 0, 0], problem: "a packet without a command" },
  { name: "of 2^32-1", prefix: [255, 255, 255, 255], problem: "a packet of 4294967295 octets, more than 100" },
  { name: "one above the limit", prefix: [0, 0, 0, 101], problem: "a packet of 101 octets, more than 100" },
])("MLT-32 a length $name ends the reading, after the packets before it", ({ prefix, problem }) => {
  const chunk = joinBytes([formatPacket("N"), Uint8Array.from(prefix), bytes("Nxxxxx")]);
  const expected = { packets: [{ command: "N", payload: new Uint8Array(0) }], problem };
  expect(readAll([chunk], 100)).toEqual(expected);
  expect(readAll([chunk, formatPacket("N")], 100)).toEqual(expected);
});

test("MLT-32 a packet of exactly the limit is read", () => {
  expect(readAll([formatPacket("B", new Uint8Array(99))], 100).packets).toHaveLength(1);
});

test("MLT-32 an announced length costs no memory before its octets arrive", () => {
  const before = process.memoryUsage().arrayBuffers;
  const readers = Array.from({ length: 200 }, () => createPacketReader());
  for (const reader of readers) reader.push(Uint8Array.of(0, 0x10, 0, 0, 0x42));
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(10_000_000);
  expect(readers.every((reader) => reader.partial())).toBe(true);
});

test("a reader is partial exactly while a packet is under way", () => {
  const reader = createPacketReader();
  expect(reader.partial()).toBe(false);
  reader.push(Uint8Array.of(0));
  expect(reader.partial()).toBe(true);
  reader.push(Uint8Array.of(0, 0, 2, 0x42));
  expect(reader.partial()).toBe(true);
  reader.push(Uint8Array.of(1));
  expect(reader.partial()).toBe(false);
});

test("MLT-32 any octets give packets or a problem, never an exception", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 64 })), (chunks) => {
      readAll(
        chunks.map((chunk) => new Uint8Array(chunk)),
        1000,
      );
    }),
  );
});
