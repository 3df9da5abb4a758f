import { mkdtempSync, chmodSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { randomBytes } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openKekFile } from "./kek.ts";
import { checkSentinel, sealSentinel } from "./sentinel.ts";

let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "chancery-kek-"));
  file = join(folder, "kek");
});
afterEach(() => rmSync(folder, { recursive: true }));

test("the first start makes a file of 32 octets in base64 that its owner alone can read", async () => {
  const { created } = await openKekFile(file, "create");
  expect(created).toBe(true);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readFileSync(file, "latin1")).toMatch(/^[A-Za-z0-9+/]{43}=\n$/);
  expect(readdirSync(folder)).toEqual(["kek"]);
});

test("the next start opens the same KEK", async () => {
  const first = await openKekFile(file, "create");
  const second = await openKekFile(file, "create");
  expect(second.created).toBe(false);
  expect(second.kek.id).toBe(first.kek.id);
  const wrapped = await first.kek.wrap(Buffer.from("data key"), Buffer.from("aad"));
  expect(await second.kek.unwrap(wrapped, Buffer.from("aad"))).toEqual(Buffer.from("data key"));
  expect(await second.kek.unwrap(wrapped, Buffer.from("another aad"))).toBeUndefined();
});

test("of many first starts at once one makes the KEK and all open it", async () => {
  const opened = await Promise.all(Array.from({ length: 20 }, () => openKekFile(file, "create")));
  expect(opened.filter(({ created }) => created)).toHaveLength(1);
  expect(new Set(opened.map(({ kek }) => kek.id)).size).toBe(1);
});

test("a missing file is refused where keys exist already", async () => {
  await expect(openKekFile(file, "refuse")).rejects.toThrow(/is missing/);
  expect(readdirSync(folder)).toEqual([]);
});

for (const mode of [0o640, 0o604, 0o660, 0o644, 0o601]) {
  test(`a file with mode ${mode.toString(8)} is refused`, async () => {
    await openKekFile(file, "create");
    chmodSync(file, mode);
    await expect(openKekFile(file, "create")).rejects.toThrow(/others can read it/);
  });
}

const damaged: [string, string][] = [
  ["is empty", ""],
  ["lost its last octet", `${randomBytes(31).toString("base64")}\n`],
  ["has no line feed", randomBytes(32).toString("base64")],
  ["is not base64", `${"!".repeat(43)}=\n`],
  ["has more after the key", `${randomBytes(32).toString("base64")}\nmore\n`],
];
for (const [what, text] of damaged) {
  test(`a file that ${what} is refused and kept`, async () => {
    writeFileSync(file, text, { mode: 0o600 });
    await expect(openKekFile(file, "create")).rejects.toThrow(/is not 32 octets in base64/);
    expect(readFileSync(file, "latin1")).toBe(text);
  });
}

test("the sentinel accepts its KEK and names both when it is another", async () => {
  const { kek } = await openKekFile(file, "create");
  const other = (await openKekFile(join(folder, "other"), "create")).kek;
  const sentinel = await sealSentinel(kek);
  await expect(checkSentinel(kek, sentinel)).resolves.toBeUndefined();
  await expect(checkSentinel(other, sentinel)).rejects.toThrow(new RegExp(`KEK ${kek.id}.*this is KEK ${other.id}`));
  await expect(checkSentinel({ ...other, id: kek.id }, sentinel)).rejects.toThrow(/does not open/);
});
