import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fieldValue, headerFieldsMax, headerOctetsMax, splitHeader, splitHeaderUpToLimit } from "./header.ts";
import { feedMessage, splitMessage, type MessageSource } from "./message.ts";
import { octetsOf, octetText } from "./octets.ts";

const split = (text: string): { fields: string[]; names: string[]; body: string } => {
  const message = splitMessage(octetsOf(text));
  if (!message.ok) throw new Error(message.problem);
  const { header, body } = message.value;
  return { fields: header.map(({ raw }) => raw), names: header.map(({ name }) => name), body: octetText(body) };
};

describe("a message is cut into header fields and body", () => {
  const cases: [title: string, text: string, names: string[], body: string][] = [
    ["fields, empty line, body", "A: 1\r\nB: 2\r\n\r\nx\r\n", ["A", "B"], "x\r\n"],
    ["a fold belongs to its field", "A: 1\r\n 2\r\n\t3\r\nB: 4\r\n\r\n", ["A", "B"], ""],
    [
      "DKIM-V-50 a line of white space alone is a fold, no end of the header",
      "A: 1\r\n \r\nB: 2\r\n\r\nx",
      ["A", "B"],
      "x",
    ],
    ["no empty line: all is header", "A: 1\r\nB: 2\r\n", ["A", "B"], ""],
    ["a last field without CRLF", "A: 1\r\nB: 2", ["A", "B"], ""],
    ["no header at all", "\r\nA: 1\r\n\r\n", [], "A: 1\r\n\r\n"],
    ["nothing at all", "", [], ""],
    ["white space before the colon is no part of the name", "A \t: 1\r\n\r\n", ["A"], ""],
    ["a fold before the colon is none either", "A\r\n : 1\r\n\r\n", ["A"], ""],
    ["a line without a colon has no name", "mailbox\r\nA: 1\r\n\r\n", ["", "A"], ""],
    ["DKIM-V-65 LF ends no line", "A: 1\nB: 2\r\n\r\n", ["A"], ""],
  ];
  test.each(cases)("%s", (_title, text, names, body) => {
    const message = split(text);
    expect(message.names).toEqual(names);
    expect(message.body).toBe(body);
  });

  test("DKIM-V-53 the fields joined are the header, octet for octet", () => {
    const piece = fc.constantFrom("From", ":", " ", "\r\n", "\r", "\n", "\t", "\0", "\xff", "x", "\r\n\r\n");
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        const header = pieces.join("");
        const fields = splitHeader(octetsOf(header));
        expect(fields.ok && fields.value.map(({ raw }) => raw).join("")).toBe(header);
      }),
    );
  });

  test("a value is kept as it came", () => {
    const fields = splitHeader(octetsOf("A:  x\r\n\ty \r\n"));
    expect(fields.ok && fields.value.map(fieldValue)).toEqual(["  x\r\n\ty \r\n"]);
  });
});

describe("the same message comes out of any chunks", () => {
  const feed = async (chunks: Uint8Array[]): Promise<[string, string]> => {
    let header = "";
    let body = "";
    await feedMessage(
      (async function* chunksOf() {
        yield* chunks;
      })(),
      { header: (block) => (header += `<${octetText(block)}>`), body: (chunk) => (body += octetText(chunk)) },
    );
    return [header, body];
  };
  test.each(["A: 1\r\nB: 2\r\n\r\nx\r\ny", "\r\nbody", "A: 1\r\n", "", "\r\n\r\n", "A: 1\r\n\r\n\r\n\r\n"])(
    "%j",
    async (text) => {
      const whole = await feed([octetsOf(text)]);
      for (let at = 0; at <= text.length; at++) {
        expect(await feed([octetsOf(text.slice(0, at)), octetsOf(text.slice(at))])).toEqual(whole);
      }
      expect(await feed(Array.from(text, octetsOf))).toEqual(whole);
      const inOnePiece: string[] = [];
      await feedMessage(octetsOf(text), {
        header: (block) => inOnePiece.push(`<${octetText(block)}>`),
        body: () => {},
      });
      expect(inOnePiece).toEqual([whole[0]]);
    },
  );

  test("a chunk may be overwritten as soon as the next is asked for", async () => {
    const room = Buffer.alloc(4);
    let header = "";
    await feedMessage(
      (async function* reused() {
        for (const part of ["A: 1", "\r\n\r\n"]) yield room.subarray(0, room.write(part, "latin1"));
      })(),
      { header: (block) => (header = octetText(block)), body: () => {} },
    );
    expect(header).toBe("A: 1\r\n");
  });
});

describe("a header has limits", () => {
  const big = Buffer.alloc(headerOctetsMax + 100, "A: 23456789012\r\n");
  test("DKIM-V-68 of a header over the limit the whole fields within it are kept", () => {
    const { fields, tooLarge } = splitHeaderUpToLimit(big.subarray(0, headerOctetsMax + 1));
    expect(tooLarge).toBe(true);
    expect(fields.length).toBe(headerFieldsMax);
    expect(splitHeader(big).ok).toBe(false);
    expect(splitHeaderUpToLimit(Buffer.alloc(headerOctetsMax + 1, "A")).fields).toEqual([]);
  });

  test("the rest of such a message is dropped, however it is cut", async () => {
    const seen: [string, number][] = [];
    const sink = {
      header: (block: Uint8Array) => seen.push(["header", block.length]),
      body: (chunk: Uint8Array) => seen.push(["body", chunk.length]),
    };
    await feedMessage(Buffer.concat([big, Buffer.from("\r\n\r\nbody")]), sink);
    await feedMessage(
      (async function* inTwo() {
        yield big.subarray(0, 1000);
        yield big.subarray(1000);
        yield Buffer.from("\r\n\r\nbody");
      })(),
      sink,
    );
    expect(seen).toEqual([
      ["header", headerOctetsMax + 1],
      ["header", headerOctetsMax + 1],
    ]);
  });
});

describe("a long message lets the rest of the program go on", () => {
  const mebibyte = 1024 * 1024;
  const whole = Buffer.concat([Buffer.from("A: 1\r\n\r\n"), Buffer.alloc(9 * mebibyte, "x")]);
  async function* ready(octets: number, part = whole): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < part.length; at += octets) yield part.subarray(at, at + octets);
  }
  const cases: [title: string, message: MessageSource][] = [
    ["in one piece", whole],
    ["in large chunks that are there already", ready(3 * mebibyte)],
    ["in chunks that are there already", ready(65_536)],
    ["in single octets that are there already", ready(1, whole.subarray(0, 10_000))],
  ];
  test.each(cases)("%s", async (_title, message) => {
    let turn = 0;
    let immediate = setImmediate(function others() {
      turn++;
      immediate = setImmediate(others);
    });
    const turns = new Map<number, { octets: number; chunks: number }>();
    const count = (chunk: Uint8Array): void => {
      const { octets, chunks } = turns.get(turn) ?? { octets: 0, chunks: 0 };
      turns.set(turn, { octets: octets + chunk.length, chunks: chunks + 1 });
    };
    await feedMessage(message, { header: () => {}, body: count });
    clearImmediate(immediate);
    expect(turns.size).toBeGreaterThan(3);
    for (const { octets, chunks } of turns.values()) {
      expect(octets).toBeLessThanOrEqual(mebibyte + 65_536);
      expect(chunks).toBeLessThanOrEqual(2100);
    }
  });
});
