import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";

const disk = mkdtempSync(join(tmpdir(), "chancery-key-disk-"));
beforeAll(() => {
  try {
    execFileSync("sh", ["-c", 'mount -t tmpfs -o size=16k tmpfs "$0"', disk], { stdio: "pipe" });
  } catch (error) {
    throw new Error("a small disk is needed for this: run as root, where tmpfs can be mounted", { cause: error });
  }
});
afterAll(() => {
  execFileSync("sh", ["-c", 'umount "$0"', disk]);
  rmSync(disk, { recursive: true });
});

test("key generate on a full disk says so, leaves no half key, and works once there is room", () => {
  const filler = join(disk, "filler");
  writeFileSync(filler, Buffer.alloc(16 * 1024));
  const command = new URL("../../chancery", import.meta.url).pathname;
  const generate = (): { status: number | null; stdout: string; stderr: string } =>
    spawnSync(command, ["key", "generate", "--type", "ed25519", "--out", disk, "--selector", "s1"], {
      encoding: "utf8",
    });
  for (let tries = 0; tries < 2; tries++) {
    const { status, stdout, stderr } = generate();
    expect([status, stdout]).toEqual([2, ""]);
    expect(stderr).toContain("ENOSPC");
    expect(readdirSync(disk)).toEqual(["filler"]);
  }
  rmSync(filler);
  expect(generate().status).toBe(0);
  expect(readdirSync(disk)).toEqual(["s1._domainkey.pem"]);
}, 60_000);
