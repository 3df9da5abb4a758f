import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type MilterEvent, parseEvent, restoreFolds } from "./events.ts";

const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, "latin1"));
const utf8 = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, "utf8"));

function event(command: string, payload: Uint8Array): MilterEvent {
  const result = parseEvent({ command, payload });
  if (!result.ok) throw new Error(result.problem);
  return result.value;
}

describe("MLT-08 connect", () => {
  test.each([
    ["IPv4", "mail.example.com\x004\x04\xd2192.0.2.1\0", ["mail.example.com", "inet", 1234, "192.0.2.1"]],
    [
      "IPv6 as Postfix writes it",
      "[2001:db8::1]\x006\0\x192001:db8::1\0",
      ["[2001:db8::1]", "inet6", 25, "2001:db8::1"],
    ],
    ["IPv6 as Sendmail writes it", "a.example\x006\0\x19IPv6:2001:db8::1\0", ["a.example", "inet6", 25, "2001:db8::1"]],
    ["a Unix socket", "localhost\0L\0\0/run/smtp.sock\0", ["localhost", "unix", 0, "/run/smtp.sock"]],
    ["an unknown family", "localhost\0U", ["localhost", "unknown", 0, undefined]],
    ["a family of the future", "localhost\x009\0\x19abc\0", ["localhost", "unknown", 0, undefined]],
    ["a host name alone", "localhost\0", ["localhost", "unknown", 0, undefined]],
    ["nothing", "", ["", "unknown", 0, undefined]],
    ["an address without its NUL", "a.example\x004\0\x19192.0.2.1", ["a.example", "inet", 25, "192.0.2.1"]],
  ])("%s", (_, payload, [hostname, family, port, address]) => {
    expect(event("C", bytes(payload))).toEqual({ kind: "connect", connect: { hostname, family, port, address } });
  });
});

describe("MLT-09 envelope addresses", () => {
  test.each([
    ["<a@example.com>\0", "a@example.com", []],
    ["<>\0", "", []],
    ["<>\0SIZE=100\0BODY=8bitmime\0", "", ["SIZE=100", "BODY=8bitmime"]],
    ['<"a> b"@example.com>\0', '"a> b"@example.com', []],
    ['<"<"@example.com>\0', '"<"@example.com', []],
    ["a@example.com\0", "a@example.com", []],
    ["<a@example.com>", "a@example.com", []],
    ["<", "", []],
    ["", "", []],
  ])("%j", (payload, address, parameters) => {
    const expected = { address, parameters };
    expect(event("M", bytes(payload))).toMatchObject({ kind: "mail", sender: expected });
    expect(event("R", bytes(payload))).toMatchObject({ kind: "rcpt", recipient: expected });
  });

  test("SMTPUTF8 and BODY are read in any case, and the address is UTF-8", () => {
    expect(event("M", utf8("<jürgen@bücher.example>\0smtputf8\0Body=8BitMime\0"))).toEqual({
      kind: "mail",
      sender: {
        address: "jürgen@bücher.example",
        parameters: ["smtputf8", "Body=8BitMime"],
        smtputf8: true,
        bodyType: "8BITMIME",
      },
    });
  });

  test("octets that are not UTF-8 never read like a name that is", () => {
    expect(event("M", bytes("<j\xfcrgen@example.com>\0"))).toMatchObject({
      sender: { address: "j\u{fffd}rgen@example.com" },
    });
  });
});

describe("MLT-25 macros", () => {
  test.each([
    ["pairs, in braces or not", "Mi\x00ABC\0{auth_authen}\0alice\0", { i: "ABC", auth_authen: "alice" }],
    ["an unknown one is kept", "M{new_thing}\x001\0", { new_thing: "1" }],
    ["an empty value", "M{auth_type}\0\0i\0Q\0", { auth_type: "", i: "Q" }],
    ["a value without its NUL", "Mi\0ABC", { i: "ABC" }],
    ["a name without a value", "Mi\0", { i: "" }],
    ["a name without its NUL", "M{auth_authen}", { auth_authen: "" }],
    ["values with braces, blanks and NUL-free odd octets", "M{v}\0{x} \x01%\0", { v: "{x} \x01%" }],
    ["an empty name is dropped", "M\0x\0i\0Q\0", { i: "Q" }],
    ["none", "C", {}],
    ["nothing at all", "", {}],
  ])("%s", (_, payload, expected) => {
    const macros = event("D", bytes(payload));
    expect(macros.kind === "macros" && Object.fromEntries(macros.macros)).toEqual(expected);
  });

  test("a name like a property of objects is a name", () => {
    const macros = event("D", bytes("M{__proto__}\0x\0"));
    expect(macros.kind === "macros" && macros.macros.get("__proto__")).toBe("x");
  });
});

describe("MLT-10 header fields", () => {
  test.each([
    ["a plain value", "Subject\0 x\0", "Subject", " x"],
    ["folds as LF", "Subject\0 a\n\tb\n c\0", "Subject", " a\n\tb\n c"],
    ["8-bit octets", "Subject\0 \xff\xfe\0", "Subject", " \xff\xfe"],
    ["an empty value", "Subject\0\0", "Subject", ""],
    ["no value", "Subject\0", "Subject", ""],
    ["no NUL", "Subject", "Subject", ""],
    ["a value without its NUL", "Subject\0 x", "Subject", " x"],
  ])("%s", (_, payload, name, value) => {
    expect(event("L", bytes(payload))).toEqual({ kind: "header", name, value });
  });

  test("a field without a name is a problem", () => {
    expect(parseEvent({ command: "L", payload: bytes("\0x\0") })).toMatchObject({ ok: false });
  });

  test.each([
    [" a\n b", " a\r\n b"],
    [" a\r\n b", " a\r\n b"],
    ["\n\n", "\r\n\r\n"],
    ["\n", "\r\n"],
    [" a\r\n b\n c\r", " a\r\n b\r\n c\r"],
    [" plain", " plain"],
    ["", ""],
  ])("folds of %j are restored to %j", (sent, restored) => {
    expect(restoreFolds(sent)).toBe(restored);
  });

  test("restoring folds undoes what an MTA does to CRLF", () => {
    const text = fc.array(fc.constantFrom(" ", "a", "\r\n", "\xff")).map((parts) => parts.join(""));
    fc.assert(
      fc.property(text, (value) => {
        expect(restoreFolds(value.replaceAll("\r\n", "\n"))).toBe(value);
      }),
    );
  });
});

test.each([
  ["H", "client.example\0", { kind: "helo", name: "client.example" }],
  ["T", "", { kind: "data" }],
  ["N", "", { kind: "end-of-header" }],
  ["A", "", { kind: "abort" }],
  ["Q", "", { kind: "quit" }],
  ["K", "", { kind: "quit-new-connection" }],
  ["U", "XYZZY\0", { kind: "unknown-command" }],
])("command %s is an event", (command, payload, expected) => {
  expect(event(command, bytes(payload))).toEqual(expected);
});

test("an unknown command is a problem", () => {
  expect(parseEvent({ command: "?", payload: bytes("") })).toEqual({
    ok: false,
    problem: "an unknown milter command, octet 63",
    offset: 0,
  });
});

test("MLT-32 any octets under any command give an event or a problem, never an exception", () => {
  fc.assert(
    fc.property(fc.nat(255), fc.uint8Array(), (octet, payload) => {
      const result = parseEvent({ command: String.fromCharCode(octet), payload: new Uint8Array(payload) });
      expect(typeof result.ok).toBe("boolean");
    }),
    { numRuns: 2000 },
  );
});
