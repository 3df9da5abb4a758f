import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseCookieSecret } from "chancery/dns";
import { afterEach, beforeEach, expect, test } from "vitest";
import { cookieSecrets } from "./cookie-secrets.ts";
import type { Log } from "../log.ts";

const first = "e5e973e5a6b2a43f48e7dc849e37bfcf";
const second = "445536bcd2513298075a5d379663c962";
const known = (text: string): unknown => {
  const secret = parseCookieSecret(text);
  return secret.ok && secret.value;
};

let directory: string;
let file: string;
let warnings: string[];
const log: Log = {
  error: () => {},
  warn: (fields, message) => warnings.push(`${message} ${JSON.stringify(fields)}`),
  info: () => {},
  debug: () => {},
};
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "chancery-cookies-"));
  file = join(directory, "dns-cookie-secret");
  warnings = [];
});
afterEach(() => rmSync(directory, { recursive: true }));

test("the configuration's secrets come in their order, and no file is made", () => {
  expect(cookieSecrets([first, second], file, log)).toEqual([known(first), known(second)]);
  expect(() => statSync(file)).toThrow("ENOENT");
});

test("without them one is made once, readable by its owner alone", () => {
  const made = cookieSecrets(undefined, file, log);
  expect(made).toEqual([known(readFileSync(file, "utf8").trim())]);
  expect(cookieSecrets(undefined, file, log)).toEqual(made);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(warnings).toEqual([]);
});

test("the file may hold the one before, for a roll", () => {
  writeFileSync(file, `${first}\n${second}\n`);
  expect(cookieSecrets(undefined, file, log)).toEqual([known(first), known(second)]);
});

test.each([
  ["that holds something else", () => writeFileSync(file, `${first}\nhello\n`)],
  ["that cannot be made", () => (file = join(directory, "nowhere", "dns-cookie-secret"))],
])(
  "with a file %s the server goes on with a secret of its own, says so, and does not say what is in it",
  (_, spoil) => {
    spoil();
    const [one] = cookieSecrets(undefined, file, log);
    const [other] = cookieSecrets(undefined, file, log);
    expect(one).toHaveLength(4);
    expect(other).not.toEqual(one);
    expect(warnings).toHaveLength(2);
    expect(warnings[0]).toContain("cannot be kept");
    expect(warnings[0]).not.toContain(first);
  },
);
