import { createHash } from "node:crypto";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { octetText } from "../../mail/octets.ts";
import { octets, relaxedBody, simpleBody } from "../../../vectors/dkim/example.ts";
import { canonicalizeBody } from "./canonicalize-body.ts";
import { canonicalizeField, type CanonicalizationName } from "./canonicalize-header.ts";

const canonical = (rule: CanonicalizationName, ...chunks: string[]): string => {
  let text = "";
  const canonicalizer = canonicalizeBody(rule, (part) => (text += octetText(part)));
  for (const chunk of chunks) canonicalizer.update(octets(chunk));
  canonicalizer.finish();
  return text;
};
const sha256 = (text: string): string => createHash("sha256").update(octets(text)).digest("base64");

describe("header fields", () => {
  const cases: [title: string, raw: string, simple: string, relaxed: string][] = [
    ["DKIM-V-47 RFC 6376 §3.4.5, first field", "A: X\r\n", "A: X\r\n", "a:X\r\n"],
    ["DKIM-V-47 RFC 6376 §3.4.5, second field", "B : Y\t\r\n\tZ  \r\n", "B : Y\t\r\n\tZ  \r\n", "b:Y Z\r\n"],
    [
      "DKIM-V-46 simple keeps case, tabs and folds",
      "SUBJECT :  x\r\n\ty\r\n",
      "SUBJECT :  x\r\n\ty\r\n",
      "subject:x y\r\n",
    ],
    [
      "DKIM-V-48 NBSP, VT and FF are no white space",
      "S: a\xa0\x0b\x0c\r\n",
      "S: a\xa0\x0b\x0c\r\n",
      "s:a\xa0\x0b\x0c\r\n",
    ],
    ["DKIM-V-49 a field without a value", "Subject:\r\n", "Subject:\r\n", "subject:\r\n"],
    ["DKIM-V-49 a field with white space for a value", "Subject: \r\n", "Subject: \r\n", "subject:\r\n"],
    ["DKIM-V-50 a line of white space continues the field", "S: a\r\n \r\n b\r\n", "S: a\r\n \r\n b\r\n", "s:a b\r\n"],
    ["DKIM-V-50 also at the end", "S: a\r\n \r\n", "S: a\r\n \r\n", "s:a\r\n"],
    [
      "DKIM-V-52 octets beyond ASCII stay, also those that look like capitals",
      "S: \xc4\xe9\r\n",
      "S: \xc4\xe9\r\n",
      "s:\xc4\xe9\r\n",
    ],
    ["DKIM-V-52 only A to Z of a name are lower-cased", "X\xc4: a\r\n", "X\xc4: a\r\n", "x\xc4:a\r\n"],
    ["DKIM-V-42 a last field without CRLF gets one", "S: a", "S: a\r\n", "s:a\r\n"],
    ["DKIM-V-65 CR and LF alone are content", "S: a\rb\nc\r\n", "S: a\rb\nc\r\n", "s:a\rb\nc\r\n"],
    ["a value with colons", "S: a : b:c \r\n", "S: a : b:c \r\n", "s:a : b:c\r\n"],
  ];
  test.each(cases)("%s", (_title, raw, simple, relaxed) => {
    expect(canonicalizeField(raw, "simple")).toBe(simple);
    expect(canonicalizeField(raw, "relaxed")).toBe(relaxed);
  });
});

describe("bodies", () => {
  const cases: [title: string, text: string, simple: string, relaxed: string][] = [
    ["DKIM-V-63 RFC 6376 §3.4.5", " C \r\nD \t E\r\n\r\n\r\n", " C \r\nD \t E\r\n", " C\r\nD E\r\n"],
    ["DKIM-V-60 DKIM-V-61 the empty body", "", "\r\n", ""],
    ["DKIM-V-60 a body of empty lines", "\r\n\r\n", "\r\n", ""],
    ["DKIM-V-62 lines of white space at the end", " \r\n\t\r\n", " \r\n\t\r\n", ""],
    ["DKIM-V-62 lines of white space after text", "a\r\n \t\r\n\t", "a\r\n \t\r\n\t\r\n", "a\r\n"],
    ["DKIM-V-64 a last line without CRLF", "abc", "abc\r\n", "abc\r\n"],
    ["DKIM-V-64 white space at the end without CRLF", "abc \t", "abc \t\r\n", "abc\r\n"],
    ["empty lines between lines stay", "a\r\n\r\n\r\nb\r\n", "a\r\n\r\n\r\nb\r\n", "a\r\n\r\n\r\nb\r\n"],
    ["DKIM-V-65 LF alone is content", "a \nb\r\n", "a \nb\r\n", "a \nb\r\n"],
    ["DKIM-V-65 CR alone is content", "a \rb\r\n", "a \rb\r\n", "a \rb\r\n"],
    ["a CR before CRLF is content", "a \r\r\n", "a \r\r\n", "a \r\r\n"],
    ["a CR at the end is content", "a\r\n \r", "a\r\n \r\r\n", "a\r\n \r\r\n"],
    ["LF CR is no line end", "a\n\r", "a\n\r\r\n", "a\n\r\r\n"],
    [
      "a run of white space that is long",
      `a${" \t".repeat(40)}b${" ".repeat(50)}\r\n`,
      `a${" \t".repeat(40)}b${" ".repeat(50)}\r\n`,
      "a b\r\n",
    ],
  ];
  test.each(cases)("%s", (_title, text, simple, relaxed) => {
    expect(canonical("simple", text)).toBe(simple);
    expect(canonical("relaxed", text)).toBe(relaxed);
  });

  test.each(cases)("DKIM-V-68 %s: cut at every place, and octet by octet", (_title, text, simple, relaxed) => {
    for (let at = 0; at <= text.length; at++) {
      expect(canonical("simple", text.slice(0, at), text.slice(at))).toBe(simple);
      expect(canonical("relaxed", text.slice(0, at), text.slice(at))).toBe(relaxed);
    }
    expect(canonical("simple", ...text.split(""))).toBe(simple);
    expect(canonical("relaxed", ...text.split(""))).toBe(relaxed);
  });

  test("DKIM-V-60 DKIM-V-61 the hashes of the empty body are those of RFC 6376 §3.4", () => {
    expect(sha256(canonical("simple", ""))).toBe("frcCV1k9oG9oKj3dpUqdJg1PxRT2RSN/XKdLCPjaYaY=");
    expect(sha256(canonical("relaxed", ""))).toBe("47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
  });

  const soup = fc.array(fc.constantFrom("a", "b", " ", "\t", "\r\n", "\r", "\n", "\xa0", "xyz ".repeat(20)), {
    maxLength: 60,
  });
  test("DKIM-V-68 any text in any chunks is what plain regular expressions make of it", () => {
    fc.assert(
      fc.property(fc.array(soup, { maxLength: 6 }), (parts) => {
        const chunks = parts.map((part) => part.join(""));
        expect(canonical("simple", ...chunks)).toBe(simpleBody(chunks.join("")));
        expect(canonical("relaxed", ...chunks)).toBe(relaxedBody(chunks.join("")));
      }),
      { numRuns: 2000 },
    );
  });

  test("a body far longer than any buffer, with line ends held back over buffers", () => {
    const text = `${"word  word \t\r\n".repeat(30_000)}${"\r\n".repeat(3000)}x${" ".repeat(70_000)}y\r\n${"\r\n".repeat(9)}`;
    const chunks = text.match(/[^]{1,40961}/g)!;
    expect(sha256(canonical("relaxed", ...chunks))).toBe(sha256(relaxedBody(text)));
    expect(sha256(canonical("relaxed", text))).toBe(sha256(relaxedBody(text)));
    expect(sha256(canonical("simple", ...chunks))).toBe(sha256(simpleBody(text)));
  });
});
