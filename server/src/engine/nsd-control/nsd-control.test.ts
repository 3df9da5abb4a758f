import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { isPlainZoneName, nsdControl, NsdRefused, parseZoneStatus } from "./nsd-control.ts";

const folder = mkdtempSync(join(tmpdir(), "chancery-nsd-control-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** A program in the place of nsd-control that notes what it is given. */
function program(name: string, end: string): string {
  const path = join(folder, name);
  writeFileSync(path, `#!/bin/sh\n{ echo "$*"; cat; } >> ${folder}/told\n${end}\n`);
  chmodSync(path, 0o755);
  return path;
}

test("what NSD 4.6 prints of its zones is read", () => {
  const status = `zone:	Example.com
	pattern: ours
	state: ok
	served-serial: "5 since 2026-11-22T10:00:00"
zone:	example.net
	state: master
zone:	.
	pattern: root
`;
  expect(parseZoneStatus(status)).toEqual([
    { zone: "example.com", pattern: "ours" },
    { zone: "example.net", pattern: undefined },
    { zone: ".", pattern: "root" },
  ]);
  expect(parseZoneStatus("")).toEqual([]);
});

test("zones are given as lines, never as arguments", async () => {
  const nsd = nsdControl(program("does", "exit 0"), "/etc/nsd/nsd.conf");
  await nsd.add(["a.example", "b.example"], "ours");
  await nsd.remove(["c.example"]);
  await nsd.remove([]);
  expect(readFileSync(join(folder, "told"), "utf8").split("\n").filter(Boolean)).toEqual([
    "-c /etc/nsd/nsd.conf addzones",
    "a.example ours",
    "b.example ours",
    "-c /etc/nsd/nsd.conf delzones",
    "c.example",
  ]);
});

test("an NSD that cannot be reached, and a program that is not there, are told", async () => {
  const nsd = nsdControl(program("fails", "echo 'error: connect: Connection refused' >&2; exit 1"), undefined);
  await expect(nsd.zones()).rejects.toThrow(new NsdRefused("zonestatus: error: connect: Connection refused"));
  await expect(nsdControl(join(folder, "nowhere"), undefined).zones()).rejects.toThrow(NsdRefused);
});

test.each([
  ["_domainkey.example.com", true],
  ["xn--bcher-kva.example", true],
  ["0-25.2.0.192.in-addr.arpa", true],
  ["", false],
  [".", false],
  ["a..example", false],
  ["a example", false],
  ["a\nexample", false],
  ["../example", false],
  ["-c", false],
  ["A.example", false],
])("%j is a name to give on: %s", (name, isPlain) => {
  expect(isPlainZoneName(name)).toBe(isPlain);
});
