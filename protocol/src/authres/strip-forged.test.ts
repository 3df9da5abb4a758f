import { describe, expect, test } from "vitest";
import { headerField } from "../mail/header.ts";
import { octetsOf, octetText } from "../mail/octets.ts";
import { stripForged } from "./strip-forged.ts";

const utf8 = (text: string): string => octetText(new TextEncoder().encode(text));
const forged = (value: string, ids: string | string[] = "our.example"): boolean =>
  stripForged([headerField(utf8(`Authentication-Results:${value}\r\n`))], ids).length === 1;

describe("is removed", () => {
  test.each<[title: string, value: string]>([
    ["AR-18 our id", " our.example; dmarc=pass"],
    ["AR-18 without regard to comments and case", " (c) Our.Example ; dmarc=pass"],
    ["AR-18 in quotes", ' "our\\.example"; dmarc=pass'],
    ["AR-18 with white space in the quotes", ' " our.example"; dmarc=pass'],
    ["AR-18 with a final dot", " our.example.; dmarc=pass"],
    ["AR-18 folded", "\r\n our.example\r\n ; none"],
    ["AR-22 of another version", " our.example 2; dmarc=pass"],
    ["AR-22 with broken syntax", " our.example; dmarc"],
    ["AR-22 with a semicolon at the end", " our.example; dmarc=pass;"],
    ["AR-22 with a comment that does not end", " (our.example; dmarc=pass"],
    ["AR-22 with a comment in the id", " our(x).example; dmarc=pass"],
    ["AR-22 with an escape outside of quotes", " our\\.example; dmarc=pass"],
    ["AR-22 folded in the id", " our.\r\n example; dmarc=pass"],
    ["AR-22 with a line end that is no fold", " our.example\n; dmarc=pass"],
    ["AR-22 with NUL", " our\0.example; dmarc=pass"],
    ["AR-22 as an encoded word", " =?us-ascii?q?our.example?=; dmarc=pass"],
    ["AR-22 behind another id", " example.net our.example; dmarc=pass"],
    ["AR-22 in a field over the limit", ` our.example; dmarc=pass (${"x".repeat(70_000)})`],
  ])("%s", (_title, value) => {
    expect(forged(value)).toBe(true);
  });

  test("AR-18 any of several ids, U-labels as A-labels", () => {
    const ids = ["our.example", "b\u00fccher.example", "xn--exmple-cua.example"];
    expect(forged(" our.example; none", ids)).toBe(true);
    expect(forged(" xn--bcher-kva.example; none", ids)).toBe(true);
    expect(forged(" B\u00dcCHER.example; none", ids)).toBe(true);
    expect(forged(" b\u00fccher.example; broken", ids)).toBe(true);
    expect(forged(" ex\u00e4mple.example; none", ids)).toBe(true);
  });

  test("octets that are no UTF-8 do not hide our id", () => {
    const field = headerField(octetText(octetsOf("Authentication-Results: our.example (\xff); dmarc=pass\r\n")));
    expect(stripForged([field], "our.example")).toEqual([0]);
  });
});

describe("stays", () => {
  test.each<[title: string, value: string]>([
    ["another id", " example.net; dmarc=pass"],
    ["a domain below ours", " mx.our.example; dmarc=pass"],
    ["our id in a reason of another", ' example.net; dkim=fail reason="our.example"'],
    ["our id as a value of another", " example.net; dmarc=pass header.from=our.example"],
    ["our id in a comment of another", " example.net (our.example); none"],
    ["broken syntax that does not name us", " example.net; dmarc"],
  ])("AR-18 %s", (_title, value) => {
    expect(forged(value)).toBe(false);
  });
});

test("AR-18 the places come last first, and only of Authentication-Results fields", () => {
  const header = [
    "Received: by our.example\r\n",
    "Authentication-Results: (c) Our.Example ; dmarc=pass\r\n",
    "Authentication-Results: example.net; none\r\n",
    "ARC-Authentication-Results: i=1; our.example; none\r\n",
    "AUTHENTICATION-results : our.example; dmarc=pass\r\n",
    "X-Authentication-Results: our.example; dmarc=pass\r\n",
  ].map(headerField);
  expect(stripForged(header, "our.example")).toEqual([4, 1]);
});

test("a large field costs linear time", () => {
  const size = 2_000_000;
  const header = ["(", "()", "\\", " ", "our.exampl", '"'].map((piece) =>
    headerField(`Authentication-Results: ${piece.repeat(size / piece.length)}\r\n`),
  );
  const started = process.cpuUsage();
  expect(stripForged(header, "our.example")).toEqual([]);
  const { user, system } = process.cpuUsage(started);
  // A tenth of that in practice: the bound tells linear from quadratic, not fast from slow.
  expect((user + system) / 1e6).toBeLessThan(5);
});
