import { mkdtemp, rm, stat, unlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createSecureContext } from "node:tls";
import { afterEach, beforeEach, expect, test } from "vitest";
import { keptCertificate } from "./certificate-files.ts";

let directory: string;
const options = (): Parameters<typeof keptCertificate>[0] => ({
  directory: join(directory, "tls"),
  hostname: "relay.example.com",
  now: 1_800_000_000,
});

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "tls-"));
});
afterEach(() => rm(directory, { recursive: true }));

test("the certificate of the first start is that of every later one", async () => {
  const first = await keptCertificate(options());
  createSecureContext(first);
  expect(await keptCertificate(options())).toEqual(first);
  expect((await stat(join(directory, "tls", "relay.key"))).mode & 0o777).toBe(0o600);
});

test("half a pair is made anew as a pair", async () => {
  const first = await keptCertificate(options());
  await unlink(join(directory, "tls", "relay.crt"));
  const second = await keptCertificate(options());
  expect(second.key).not.toBe(first.key);
  createSecureContext(second);
});
