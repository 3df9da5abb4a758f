import * as fc from "fast-check";
import { generateKeyPairSync } from "node:crypto";
import { describe, expect, test } from "vitest";
import { txtData, txtDataOf } from "../record/record.ts";
import { keyRdata, readKeyText } from "./zone-key.ts";

const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 }).publicKey.export({ type: "spki", format: "der" });
const ed25519 = new Uint8Array(32).fill(7);
const base64 = (octets: Uint8Array): string => Buffer.from(octets).toString("base64");

describe("a key record", () => {
  test.each<[string, string, number]>([
    ["of RSA with 2048 bits: modulus and the start of the exponent", `v=DKIM1; k=rsa; p=${base64(rsa)}`, 258],
    ["of Ed25519", `v=DKIM1; k=ed25519; p=${base64(ed25519)}`, 32],
    ["with tags after the key", `v=DKIM1; p=${base64(rsa)}; t=s`, 258],
    ["with nothing before the key", `p=${base64(new Uint8Array(30))}`, 30],
    ["with a tag whose name ends in p", `v=DKIM1;xp=AAAA; p=${base64(new Uint8Array(31))};`, 31],
  ])("%s is held as its octets and comes back", (_, text, octets) => {
    const key = readKeyText(txtData(text));
    expect(key?.body).toHaveLength(octets);
    expect(key && keyRdata(key, key.body)).toEqual(txtData(text));
  });

  test.each<[string, Uint8Array]>([
    ["cut elsewhere than after 255 octets", txtDataOf([Buffer.from("v=DKIM1; "), Buffer.from(`p=${base64(ed25519)}`)])],
    ["that is revoked", txtData("v=DKIM1; p=")],
    ["with bits that no octet has", txtData(`p=${"A".repeat(42)}B=`)],
    ["with padding missing", txtData(`p=${"A".repeat(43)}`)],
    ["with a blank in the key", txtData(`p=${"A".repeat(20)} ${"A".repeat(20)}`)],
    ["without a key", txtData("v=spf1 -all")],
    ["with an empty string", txtDataOf([new Uint8Array(0)])],
    ["longer than any key", txtData(`p=${"A".repeat(5000)}`)],
  ])("%s stays as it is", (_, rdata) => {
    expect(readKeyText(rdata)).toBeUndefined();
  });

  test("of any octets, cut anyhow, comes back octet for octet", () => {
    const word = fc.oneof(
      fc.constantFrom("v=DKIM1; ", "p=", "k=rsa; ", ";", " ", "AQAB", "=", "==", base64(rsa)),
      fc.uint8Array({ maxLength: 400 }).map(base64),
      fc.string(),
    );
    const text = fc
      .tuple(
        fc.array(word, { maxLength: 3 }),
        fc.array(word, { maxLength: 4 }),
        fc.uint8Array({ minLength: 20, maxLength: 400 }),
      )
      .map(([before, after, key]) => txtData(`${before.join("")};p=${base64(key)}${after.join("")}`));
    const strings = fc.array(fc.uint8Array({ maxLength: 255 }), { maxLength: 5 }).map(txtDataOf);
    let held = 0;
    fc.assert(
      fc.property(fc.oneof({ weight: 3, arbitrary: text }, strings), (rdata) => {
        const key = readKeyText(rdata);
        if (!key) return;
        held++;
        expect(keyRdata(key, key.body)).toEqual(rdata);
      }),
      { numRuns: 3000 },
    );
    expect(held).toBeGreaterThan(100);
  });
});
