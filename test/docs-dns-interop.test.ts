// docs/dns-interop.md has the rows by which the comparison with other name servers judges, and no others.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { formatTable } from "./interop/dns-compare/differences.ts";
import { recipes, type PeerName } from "./interop/dns-compare/peers.ts";

const text = readFileSync("docs/dns-interop.md", "utf8");

test.each(Object.keys(recipes) as PeerName[])("docs/dns-interop.md has the rows about %s", (peer) => {
  const section = text.split(/^## /m).find((part) => part.startsWith(`${peer}\n`)) ?? "no such section";
  const table = section.split("\n").filter((line) => line.startsWith("|"));
  expect(table.join("\n")).toBe(formatTable(peer));
});
