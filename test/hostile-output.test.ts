// What `chancery verify` prints of mutated messages: a result for each, and nothing that moves a terminal.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { now } from "../protocol/vectors/dkim/example.ts";
import { inputOf } from "./fuzz/fuzz.ts";
import { allTargets } from "./fuzz/targets.ts";
import { outputOf } from "./hostile/command.ts";
import { unsafeForTerminals } from "./hostile/terminal.ts";

const folder = mkdtempSync(join(tmpdir(), "chancery-output-"));
afterAll(() => rmSync(folder, { recursive: true }));
const dns = join(folder, "dns.json");
writeFileSync(
  dns,
  JSON.stringify({ "e._domainkey.example.com": { TXT: ["v=DKIM1; k=ed25519; p=; n=\u001b[2J\u009b"] } }),
);
const target = allTargets(undefined).find(({ name }) => name === "verify")!;
const escapes = ["\x1b[2J", "\x9b31m", "\xe2\x80\xae", "\x07", "\b\b", "\0"];

test("mutated messages", async () => {
  const file = join(folder, "message.eml");
  for (let index = 0; index < 200; index++) {
    const input = inputOf(target, 3, index);
    const at = input.indexOf("d=") + 2;
    writeFileSync(file, input.slice(0, at) + escapes[index % escapes.length] + input.slice(at), "latin1");
    const text = await outputOf("verify", "--dns", dns, "--now", `${now}`, file);
    expect(text).not.toBe("");
    expect(text).not.toMatch(unsafeForTerminals);
  }
});

test("what is JSON says the same, without the characters that move a terminal", async () => {
  const file = join(folder, "message.eml");
  const identity = "a\u009b2J\u202e@example.com";
  const field = `DKIM-Signature: v=1; a=ed25519-sha256; d=example.com; s=e; i=${identity}; h=from; bh=AAAA; b=AAAA`;
  writeFileSync(file, `${field}\r\nFrom: a@example.com\r\n\r\n`);
  const text = await outputOf("verify", "--json", "--dns", dns, "--now", `${now}`, file);
  expect(text).not.toMatch(unsafeForTerminals);
  expect(JSON.parse(text)).toMatchObject({ dkim: [{ identity }] });
});
