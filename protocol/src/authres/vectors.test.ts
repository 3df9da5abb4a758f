import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { AuthenticationResults } from "./authentication-results.ts";
import { format } from "./format.ts";
import { parse } from "./parse.ts";

const folder = new URL("../../vectors/authres/", import.meta.url);
const files = readdirSync(folder).filter((file) => file.endsWith(".txt"));

function read(file: string): { expected: AuthenticationResults | null; field: string } {
  const text = readFileSync(new URL(file, folder), "utf8");
  const end = text.indexOf("\n\n");
  return {
    expected: JSON.parse(text.slice(0, end)) as AuthenticationResults | null,
    field: text.slice(end + 2).replaceAll("\n", "\r\n"),
  };
}

describe("AR-01 every vector says what it names, and the examples of RFC 8601 Appendix B come back from format", () => {
  test.each(files)("%s", (file) => {
    const { expected, field } = read(file);
    expect(parse(field) ?? null).toEqual(expected);
    expect(parse(field.replaceAll("\r\n", "\n")) ?? null).toEqual(expected);
    if (expected !== null) expect(parse(format(expected))).toEqual(expected);
  });
});
