// Canonicalization once more, an octet at a time and in the order of RFC 6376 §3.4, with no thought of speed.
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { canonicalizeBody } from "./canonicalize-body.ts";
import { canonicalizeField, type CanonicalizationName } from "./canonicalize-header.ts";

const isWsp = (character: string | undefined): boolean => character === " " || character === "\t";

/** §3.4.2: name to lower case, unfold, each WSP run to one SP, none at the end of the value, none around the colon. */
function relaxedFieldByTheBook(field: string): string {
  let unfolded = "";
  for (let at = 0; at < field.length; at++) {
    if (field.startsWith("\r\n", at) && isWsp(field[at + 2])) at++;
    else unfolded += field[at];
  }
  const colon = unfolded.indexOf(":");
  let name = "";
  for (const character of reduced(unfolded.slice(0, colon)))
    name += character >= "A" && character <= "Z" ? character.toLowerCase() : character;
  let value = reduced(unfolded.slice(colon + 1));
  while (isWsp(value.at(-1))) value = value.slice(0, -1);
  while (isWsp(value[0])) value = value.slice(1);
  while (isWsp(name.at(-1))) name = name.slice(0, -1);
  return `${name}:${value}`;
}

function reduced(text: string): string {
  let result = "";
  for (let at = 0; at < text.length; at++) {
    if (!isWsp(text[at])) result += text[at];
    else if (!isWsp(text[at - 1])) result += " ";
  }
  return result;
}

/** §3.4.3: no empty lines at the end; one CRLF where the body is empty or does not end in one. */
function simpleBodyByTheBook(body: string): string {
  let text = body;
  while (text.endsWith("\r\n\r\n")) text = text.slice(0, -2);
  return text.endsWith("\r\n") ? text : `${text}\r\n`;
}

/** §3.4.4: no WSP at line ends, each WSP run to one SP, no empty lines at the end; CRLF after a last line without one. */
function relaxedBodyByTheBook(body: string): string {
  const lines: string[] = [];
  for (const line of body.split("\r\n")) {
    let text = line;
    while (isWsp(text.at(-1))) text = text.slice(0, -1);
    lines.push(reduced(text));
  }
  while (lines.at(-1) === "") lines.pop();
  return lines.map((line) => `${line}\r\n`).join("");
}

function canonicalBody(canonicalization: CanonicalizationName, chunks: readonly string[]): string {
  let result = "";
  const body = canonicalizeBody(canonicalization, (octets) => (result += Buffer.from(octets).toString("latin1")));
  for (const chunk of chunks) body.update(Buffer.from(chunk, "latin1"));
  body.finish();
  return result;
}

const soup = (...more: string[]): fc.Arbitrary<string> =>
  fc
    .array(
      fc.oneof(
        fc.constantFrom(
          " ",
          "\t",
          "\r\n",
          "\r",
          "\n",
          "A",
          "z",
          ":",
          "\0",
          "\xa0",
          "\xdf",
          "\xff",
          " ".repeat(17),
          ...more,
        ),
        fc.string({ unit: "binary-ascii", maxLength: 3 }),
      ),
      { maxLength: 60 },
    )
    .map((parts) => parts.join(""));

test("DKIM-V-46 DKIM-V-47 any field is canonicalized as the text of the standard says", () => {
  const name = soup().map((text) => text.replaceAll(":", "").replace(/\r+\n/g, ""));
  // Within a field each CRLF is a fold: elsewhere it would have ended the field. With the CRs before it, or one more CRLF would arise.
  const value = soup("\r\n ", "\r\n\t").map((text) => text.replace(/\r+\n(?![ \t])/g, ""));
  fc.assert(
    fc.property(name, value, (before, after) => {
      // A name begins with no white space: such a line continues the one above.
      const field = `X${before}:${after.replace(/\r$/, "")}`;
      expect(canonicalizeField(`${field}\r\n`, "relaxed")).toBe(`${relaxedFieldByTheBook(field)}\r\n`);
      expect(canonicalizeField(`${field}\r\n`, "simple")).toBe(`${field}\r\n`);
      expect(canonicalizeField(field, "relaxed")).toBe(canonicalizeField(`${field}\r\n`, "relaxed"));
    }),
    { numRuns: 5000 },
  );
});

test("DKIM-V-60 DKIM-V-61 DKIM-V-68 any body, cut anywhere, is canonicalized as the text of the standard says", () => {
  fc.assert(
    fc.property(fc.array(soup("\r\n\r\n", " \r\n", "word "), { maxLength: 5 }), (chunks) => {
      const body = chunks.join("");
      expect(canonicalBody("simple", chunks)).toBe(simpleBodyByTheBook(body));
      expect(canonicalBody("relaxed", chunks)).toBe(relaxedBodyByTheBook(body));
    }),
    { numRuns: 5000 },
  );
});

test("canonicalizing what is canonical changes nothing", () => {
  fc.assert(
    fc.property(soup("\r\n\r\n", " \r\n"), (body) => {
      for (const canonicalization of ["simple", "relaxed"] as const) {
        const once = canonicalBody(canonicalization, [body]);
        expect(canonicalBody(canonicalization, [once])).toBe(once);
      }
    }),
    { numRuns: 2000 },
  );
});
