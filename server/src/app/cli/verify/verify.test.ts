import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { afterAll, expect, test } from "vitest";
import { run } from "../test-run.ts";

const folder = mkdtempSync(join(tmpdir(), "chancery-verify-"));
const file = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};
const dns = file("dns.json", "{}");
const unsigned = file("unsigned.eml", "From: a@customer.example\r\n\r\nhello\r\n");
const signed = file(
  "signed.eml",
  "DKIM-Signature: v=1; a=rsa-sha256; d=customer.example; s=s1; h=from; bh=AAAA; b=AAAA\r\nFrom: a@customer.example\r\n\r\n",
);

afterAll(() => rmSync(folder, { recursive: true }));

test("a file that cannot be read is refused, and the others get their result", async () => {
  const { out, errors, status } = await run(
    "verify",
    "--json",
    "--dns",
    dns,
    unsigned,
    join(folder, "nowhere"),
    signed,
  );
  expect(out.trim().split("\n")).toHaveLength(2);
  expect(errors).toContain("nowhere");
  expect(status).toBe(2);
});

test("a message that comes slowly on standard input is waited for", async () => {
  const main = new URL("../../main.ts", import.meta.url).pathname;
  const words = ["--disable-warning=ExperimentalWarning", main, "verify", "--dns", dns, "-"];
  const slowly = `(sleep 1; cat '${signed}') | '${process.execPath}' ${words.map((word) => `'${word}'`).join(" ")}`;
  const { stdout, stderr, status } = spawnSync("sh", ["-c", slowly], { encoding: "utf8" });
  expect(stderr).toBe("");
  expect(stdout).toContain("-: neutral");
  expect(status).toBe(1);
});

test("standard input stands for one thing", () => {
  const main = new URL("../../main.ts", import.meta.url).pathname;
  const words = ["--disable-warning=ExperimentalWarning", main, "verify", "--dns", "-", "-"];
  const { stdout, stderr, status } = spawnSync(process.execPath, words, { encoding: "utf8", input: "{}" });
  expect({ stdout, status }).toEqual({ stdout: "", status: 2 });
  expect(stderr).toContain("- can stand once");
});

test("a result has every field, null where there is nothing to say", async () => {
  const { out, status } = await run("verify", "--json", "--dns", dns, signed);
  const [signature] = (JSON.parse(out) as { dkim: Record<string, unknown>[] }).dkim;
  expect(signature).toMatchObject({ result: "neutral", expiration: null, keyBits: null });
  expect(status).toBe(1);
});
