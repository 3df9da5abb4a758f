import { describe, expect, test } from "vitest";
import { nameToWire } from "../../name/name.ts";
import { TYPE, txtData } from "../../record/record.ts";
import { RrsetSigner, type OwnerLife } from "./rrset-signer.ts";
import { newKey, now, signingWith } from "../../dnssec/test-zones.ts";
import { zoneSigningKey, type ZoneSigning } from "../../dnssec/zone-signing.ts";

/*
 * A signature of algorithm 13 is another each time it is made, so an equal one was kept.
 */
const signing = signingWith(newKey(13, "both"));
const www = { name: "www.example", ttl: 60, text: "one", apex: "example", at: now, with: signing };
type What = typeof www;

const signer = (octetsMax?: Record<OwnerLife, number>): ((what?: Partial<What>, life?: OwnerLife) => string) => {
  const made = new RrsetSigner(octetsMax);
  return (what = {}, life = "kept") => {
    const { name, ttl, text, apex, at, with: by } = { ...www, ...what };
    made.start(by, apex, at);
    const set = { type: TYPE.TXT, ttl, data: [txtData(text)] };
    return Buffer.from(made.signaturesOf(nameToWire(name), 0, set, life)).toString("hex");
  };
};

describe("signatures are kept", () => {
  test("as long as everything is the same", () => {
    const sign = signer();
    expect(sign()).toBe(sign());
    expect(sign({ at: now + 1 })).toBe(sign({ at: now }));
  });

  const again: ZoneSigning = {
    ...signing,
    keys: signing.keys.map((key) => zoneSigningKey(key.dnskey, key.privateKey, key.signs)),
  };
  test("also when the same keys were read again", () => {
    const sign = signer();
    expect(sign({ with: again })).toBe(sign());
  });

  const changes: [string, Partial<What>][] = [
    ["RDATA", { text: "two" }],
    ["TTL", { ttl: 61 }],
    ["owner", { name: "ww.example" }],
    ["zone", { apex: "www.example" }],
    ["keys", { with: signingWith(newKey(13, "both")) }],
    ["times", { with: { ...signing, validitySeconds: signing.validitySeconds - 1 } }],
    ["day", { at: now + 86_400 }],
    ["day, when the clock is set back", { at: now - 86_400 }],
  ];
  test.each(changes)("and not for another %s", (_, change) => {
    const sign = signer();
    const before = sign();
    expect(sign(change)).not.toBe(before);
  });

  test("and a signature that is kept does not depend on the octets given", () => {
    const made = new RrsetSigner();
    made.start(signing, "example", now);
    const data = txtData("one");
    const sign = (): string =>
      Buffer.from(
        made.signaturesOf(nameToWire("www.example"), 0, { type: TYPE.TXT, ttl: 60, data: [data] }, "kept"),
      ).toString("hex");
    const before = sign();
    data[1]! ^= 1; // the memory of a zone that is gone
    expect(sign()).not.toBe(before);
    data[1]! ^= 1;
    expect(sign()).not.toBe(before);
  });
});

describe("what may be kept is bounded", () => {
  test("the signature that was not used for the longest time goes first", () => {
    const sign = signer({ kept: 6000, passing: 0 });
    const names = Array.from({ length: 8 }, (_, n) => `n${n}.example`);
    const first = names.map((name) => sign({ name }));
    expect(sign({ name: "n0.example" })).toBe(first[0]);
    for (let n = 8; n < 16; n++) {
      sign({ name: `n${n}.example` });
      expect(sign({ name: "n0.example" })).toBe(first[0]);
    }
    expect(sign({ name: "n1.example" })).not.toBe(first[1]);
  });

  test("a flood of names that nobody has pushes out no signature of the zone", () => {
    const sign = signer({ kept: 6000, passing: 6000 });
    const before = sign();
    const passing = sign({ name: "p.example" }, "passing");
    for (let n = 0; n < 100; n++) sign({ name: `${n}.example` }, "passing");
    expect(sign()).toBe(before);
    expect(sign({ name: "p.example" }, "passing")).not.toBe(passing);
  });

  test("a signature larger than all room is given all the same", () => {
    const sign = signer({ kept: 10, passing: 10 });
    expect(sign()).not.toBe(sign());
  });
});
