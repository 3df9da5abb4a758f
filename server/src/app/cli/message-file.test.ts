import { expect, test, vi } from "vitest";
import { asMail } from "./message-file.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (value: Uint8Array): string => new TextDecoder().decode(value);

test("DKIM-V-65 a message with CRLF is taken as it is, bare CR included", () => {
  expect(text(asMail(bytes("A: b\r\n\r\nx\ry\r\n"), "m"))).toBe("A: b\r\n\r\nx\ry\r\n");
});

test("DKIM-V-65 a message whose lines all end in LF is read as CRLF, and that is said", () => {
  const said = vi.spyOn(process.stderr, "write").mockReturnValue(true);
  expect(text(asMail(bytes("A: b\n\nx\n"), "m.eml"))).toBe("A: b\r\n\r\nx\r\n");
  expect(said.mock.calls.join("")).toContain("m.eml: lines end in LF");
  said.mockRestore();
});

test("mixed line ends are refused", () => {
  expect(() => asMail(bytes("A: b\r\n\nx\n"), "m.eml")).toThrow(/1 lines end in CRLF and 2 in LF/);
});
