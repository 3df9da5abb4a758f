import { randomBytes } from "node:crypto";
import { inspect } from "node:util";
import { readDnskey } from "chancery/dns";
import { expect, test } from "vitest";
import { kekOf } from "./kek.ts";
import { generateZoneKey, openZoneKey, sealZoneKey, type ZoneKeyBelonging } from "./zone-key.ts";

const kek = kekOf(randomBytes(32));
const belonging: ZoneKeyBelonging = { zoneId: "zon_1", keyId: "zky_1", version: 1, algorithm: 13 };

test.each([
  [13, 257, 4 + 64],
  [13, 256, 4 + 64],
  [15, 257, 4 + 32],
] as const)(
  "DNS-E-01 a key of algorithm %i with flags %i has a DNSKEY record of %i octets",
  async (algorithm, flags, octets) => {
    const key = await generateZoneKey(algorithm, flags);
    const read = readDnskey(key.dnskey);
    expect(read.ok && read.value).toMatchObject({ algorithm, flags, protocol: 3, isZoneKey: true });
    expect(key.dnskey.length).toBe(octets);
  },
);

test("a sealed key of a zone opens where it belongs, and nowhere else", async () => {
  const key = await generateZoneKey(13, 257);
  const sealed = await sealZoneKey(kek, belonging, key.privateKey);
  const opened = await openZoneKey(kek, belonging, sealed, key.dnskey);
  if (opened.result !== "opened") throw new Error(opened.detail);
  expect(opened.privateKey.equals(key.privateKey)).toBe(true);
  for (const change of [{ zoneId: "zon_2" }, { keyId: "zky_2" }, { version: 2 }, { algorithm: 15 as const }])
    expect(await openZoneKey(kek, { ...belonging, ...change }, sealed, key.dnskey)).toMatchObject({
      reason: "not-authentic",
    });
  expect(await openZoneKey(kekOf(randomBytes(32)), belonging, sealed, key.dnskey)).toMatchObject({
    reason: "other-kek",
  });
  const other = await generateZoneKey(13, 257);
  expect(await openZoneKey(kek, belonging, sealed, other.dnskey)).toMatchObject({ reason: "other-public-half" });
});

test("what is stored and what is printed hold no private key", async () => {
  const key = await generateZoneKey(15, 256);
  const { d } = key.privateKey.export({ format: "jwk" });
  const seed = Buffer.from(d ?? "", "base64url");
  const sealed = await sealZoneKey(kek, belonging, key.privateKey);
  const printed = [inspect(key, { depth: 9, showHidden: true }), JSON.stringify(key), sealed].join();
  expect(seed.length).toBe(32);
  for (const form of ["hex", "base64", "base64url"] as const) expect(printed).not.toContain(seed.toString(form));
});
