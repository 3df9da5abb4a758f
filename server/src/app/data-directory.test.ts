import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { AlreadyRunning, lockDataDirectory, openDataDirectory, readOrMakeSecret } from "./data-directory.ts";

let root: string;
beforeEach(() => {
  root = join(mkdtempSync(join(tmpdir(), "chancery-data-")), "data");
  openDataDirectory(root);
});
afterEach(() => rmSync(root, { recursive: true }));

test("the directory is for its owner alone", () => {
  expect(statSync(root).mode & 0o777).toBe(0o700);
});

test("a directory in use is refused with the pid that uses it, and free again after release", () => {
  const release = lockDataDirectory(root);
  expect(() => lockDataDirectory(root)).toThrow(AlreadyRunning);
  expect(() => lockDataDirectory(root)).toThrow(`pid ${process.pid}`);
  release();
  lockDataDirectory(root)();
});

test.each([
  ["a process that is gone", "999999999 12345\n"],
  ["another process that has its pid now", `${process.pid} 1\n`],
])("a lock left by %s does not stand in the way", (_who, text) => {
  writeFileSync(join(root, "chancery.pid"), text);
  lockDataDirectory(root)();
});

test("a secret is made once, readable by its owner alone", () => {
  const path = join(root, "admin-token");
  expect(readOrMakeSecret(path, () => "made-now")).toEqual({ value: "made-now", made: true });
  expect(readOrMakeSecret(path, () => "made-later")).toEqual({ value: "made-now", made: false });
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(readFileSync(path, "utf8")).toBe("made-now\n");
  writeFileSync(path, "\n");
  expect(readOrMakeSecret(path, () => "made-again")).toEqual({ value: "made-again", made: true });
});
