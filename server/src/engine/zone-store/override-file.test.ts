import { expect, test } from "vitest";
import { FakeDisk } from "./fake-disk.ts";
import { readOverrides, recordsOf, type WrittenOverride, writeOverrides } from "./override-file.ts";

const path = "/store/overrides";
const written: WrittenOverride = {
  zone: "example.com",
  name: "www.example.com",
  type: "A",
  ttl: 60,
  rdata: ["192.0.2.1", "192.0.2.2"],
  at: 1_795_000_000,
  by: "operator",
};

test("overrides are read as they were written, until the serial of their adoption as well", async () => {
  const fake = new FakeDisk();
  expect(await readOverrides(fake.disk, path)).toEqual([]);
  const removed = { ...written, name: "old.example.com", rdata: [], until: 7 };
  await writeOverrides(fake.disk, path, [written, removed]);
  const after = await readOverrides(fake.afterPowerCut("nothing").disk, path);
  expect(after).toMatchObject([{ ...written, typeNumber: 1 }, removed]);
  expect(after[0]!.records.map(({ data }) => [...data])).toEqual([
    [192, 0, 2, 1],
    [192, 0, 2, 2],
  ]);
  expect(after[1]!.records).toEqual([]);
});

const unsound: [string, string, RegExp][] = [
  ["cut short", '[{"zone"', /is not JSON/],
  ["that is no list", "{}", /is not a list/],
  ["with a member missing", JSON.stringify([{ ...written, by: undefined }]), /override 1: members are missing/],
  ["with a number for a text", JSON.stringify([{ ...written, name: 5 }]), /members are missing/],
  ["of null", "[null]", /members are missing/],
  ["with RDATA of another type", JSON.stringify([{ ...written, rdata: ["::1"] }]), /A ::1: /],
  ["of an unknown type", JSON.stringify([written, { ...written, type: "NOSUCH" }]), /override 2: unknown type/],
  ["with a name that is none", JSON.stringify([{ ...written, name: "a..b" }]), /a\.\.b: /],
];
test.each(unsound)("a file %s is refused as a whole, by name", async (_, text, problem) => {
  const fake = new FakeDisk();
  fake.put(path, Buffer.from(text));
  await expect(readOverrides(fake.disk, path)).rejects.toThrow(problem);
  await expect(readOverrides(fake.disk, path)).rejects.toThrow(path);
});

test("relative names in RDATA stand for names in the zone", () => {
  const override = recordsOf({ ...written, type: "MX", rdata: ["10 mx"] });
  expect(typeof override === "string" ? override : override.records[0]?.data.length).toBe(
    2 + "\x02mx\x07example\x03com\0".length,
  );
});
