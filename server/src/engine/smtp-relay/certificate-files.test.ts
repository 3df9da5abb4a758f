import { mkdtemp, readdir, rm, stat } from "node:fs/promises";
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
  expect((await stat(join(directory, "tls", "relay.pem"))).mode & 0o777).toBe(0o600);
});

test("of several that start at once one makes it, and all have the same", async () => {
  const all = await Promise.all(Array.from({ length: 20 }, () => keptCertificate(options())));
  createSecureContext(all[0]);
  for (const one of all) expect(one).toEqual(all[0]);
  expect(await readdir(join(directory, "tls"))).toEqual(["relay.pem"]);
});
