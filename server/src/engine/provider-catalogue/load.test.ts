import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { loadCatalogue, shippedCatalogueFolder } from "./load.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "chancery-catalogue-"));
  mkdirSync(join(folder, "providers"));
});
afterEach(() => rmSync(folder, { recursive: true }));
const put = (name: string, content: string): void => writeFileSync(join(folder, name), content);

test("the texts of its entries, in order, and nothing else that lies there", () => {
  put("version", "2026.1.1\n");
  put("providers/b.json", "B");
  put("providers/a.json", "A");
  put("providers/a.json~", "old");
  expect(loadCatalogue(folder)).toEqual({
    ok: true,
    value: {
      version: "2026.1.1",
      files: [
        { file: "a.json", text: "A" },
        { file: "b.json", text: "B" },
      ],
    },
  });
});

test.each<[string, () => void, RegExp]>([
  ["no version", () => put("providers/a.json", "A"), /version: ENOENT/],
  ["no entry", () => put("version", "2026.1.1"), /providers: there is no provider in it$/],
  [
    "an entry that is a book",
    () => {
      put("version", "2026.1.1");
      put("providers/a.json", "x".repeat(70_000));
    },
    /a\.json: longer than 65536 octets$/,
  ],
  [
    "an entry that is a folder",
    () => {
      put("version", "2026.1.1");
      mkdirSync(join(folder, "providers/a.json"));
    },
    /a\.json: EISDIR/,
  ],
])("%s: the message names what is wrong", (_, make, problem) => {
  make();
  const loaded = loadCatalogue(folder);
  expect(loaded.ok ? "" : loaded.problem).toMatch(problem);
});

test("the catalogue of this release is where it is looked for", () => {
  expect(loadCatalogue(shippedCatalogueFolder).ok).toBe(true);
});
