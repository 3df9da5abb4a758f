// `chancery sign` through its command line.
import { spawnSync } from "node:child_process";
import { createPublicKey, generateKeyPairSync } from "node:crypto";
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { formatKeyRecord, verify } from "chancery/dkim";
import { describe, expect, test } from "vitest";
import { run } from "../test-run.ts";

const folder = mkdtempSync(join(tmpdir(), "chancery-sign-"));
process.on("exit", () => rmSync(folder, { recursive: true }));
const write = (name: string, content: string): string => {
  const path = join(folder, name);
  writeFileSync(path, Buffer.from(content, "latin1"));
  return path;
};

const { privateKey } = generateKeyPairSync("ed25519");
const record = formatKeyRecord(createPublicKey(privateKey));
const key = write("key.pem", privateKey.export({ type: "pkcs8", format: "pem" }) as string);
const passphrase = { type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "secret" } as const;
const locked = write("locked.pem", privateKey.export(passphrase) as string);
const message = "x-ODD  : caf\xe9\r\nFrom: a@customer.example\r\n\r\n8 bit \xff\r\n\r\n";
const file = write("message.eml", message);
const words = ["sign", "--domain", "customer.example", "--selector", "s1", "--key"];

/** Standard output octet for octet, which a test within this process cannot see. */
const spawned = (args: readonly string[], more: object = {}) =>
  spawnSync(process.execPath, ["server/src/app/main.ts", ...args], {
    env: { ...process.env, NODE_OPTIONS: "" },
    ...more,
  });

const resultsOf = (signed: Uint8Array): Promise<{ result: string }[]> =>
  verify(signed, { resolveTxt: () => Promise.resolve([[record]]) });

test("what was given stands below the signature octet for octet, and it verifies", async () => {
  for (const [args, input] of [
    [[...words, key, file], ""],
    [[...words, key], Buffer.from(message, "latin1")],
  ] as const) {
    const { stdout, stderr, status } = spawned(args, { input });
    expect({ status, stderr: stderr.toString() }).toEqual({ status: 0, stderr: "" });
    expect(stdout.toString("latin1")).toMatch(/^DKIM-Signature: /);
    expect(stdout.toString("latin1").endsWith(`==\r\n${message}`)).toBe(true);
    expect(await resultsOf(stdout)).toMatchObject([{ result: "pass" }]);
  }
});

test("DKIM-S-10 t= and x= stand in it, seven days apart", async () => {
  const { out } = await run(...words, key, "--json", file);
  const { fields } = JSON.parse(out) as { fields: string };
  const [t, x] = ["t", "x"].map((name) => Number(new RegExp(` ${name}=(\\d+);`).exec(fields)?.[1]));
  expect(x! - t!).toBe(604_800);
});

test("a full disk under standard output is no silent success", () => {
  const full = openSync("/dev/full", "w");
  const { stderr, status } = spawned([...words, key, file], { stdio: ["ignore", full, "pipe"] });
  closeSync(full);
  expect(status).toBe(2);
  expect(stderr.toString()).toMatch(/^chancery: standard output: ENOSPC[^\n]*\n$/);
});

describe("refuses with 2, and prints nothing", () => {
  test.each<[title: string, args: string[], says: string]>([
    ["a key behind a passphrase", [locked, file], "without a passphrase"],
    ["a key that is none", [file, file], "not a private key"],
    ["a key file that is not there", [join(folder, "none.pem"), file], "no such file"],
    ["a folder as a message", [key, folder], "is a folder"],
    ["mixed line ends", [key, write("mixed.eml", "From: a@customer.example\r\n\r\na\nb\r\n")], "1 in LF"],
    ["no From", [key, write("nobody.eml", "To: a@customer.example\r\n\r\n")], "no From"],
  ])("%s", async (_title, args, says) => {
    const { out, errors, status } = await run(...words, ...args);
    expect({ out, status }).toEqual({ out: "", status: 2 });
    expect(errors).toContain(says);
  });
});

test("a file in LF is signed as CRLF, and that is said", async () => {
  const { errors, status } = await run(...words, key, write("lf.eml", "From: a@customer.example\n\nhello\n"));
  expect(status).toBe(0);
  expect(errors).toContain("lines end in LF; read as CRLF");
});
