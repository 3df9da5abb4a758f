// The lists of server/weak-keys hold what scripts/debian-weak-keys.ts makes, and keys that were really in use are on them.
import { createPublicKey, type KeyObject } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { debianModulus, listedOf, machines, processIds } from "../scripts/debian-weak-keys.ts";
import type { SeedFile } from "../scripts/debian-random.ts";
import { knownWeakKeys } from "../server/src/engine/keystore/known-weak.ts";

const publicKey = (modulus: bigint): KeyObject => {
  const n = Buffer.from(modulus.toString(16), "hex").toString("base64url");
  return createPublicKey({ key: { kty: "RSA", n, e: "AQAB" }, format: "jwk" });
};

/** The key of a certificate that a large shop showed the world in September 2008. It is that of process 20135. */
const inUse = BigInt(
  "0xb69a9917853889cc210d641de435e20de97285e25b36c8d80a1fbdcd3ba34fde676702eabf0d93ed880d79b6a6d8486db764396ec3689c617d1784289941950c1056b9245222a7e7eb3569e5b59bebf71f1e929e7e84615e33a0c73f671981e8bff10ac2ea9cef5bfb775e60fe82459edbd46a38772db344cdebc8ee6874ae27",
);

test("a key that was in use is made again from its process id", () => {
  expect(debianModulus(1024, machines.le32, "rnd", 20_135)).toBe(inUse);
});

test("it is on the list, and its neighbours are not", () => {
  const isKnownWeak = knownWeakKeys("/none");
  expect(isKnownWeak(publicKey(inUse))).toBe("debian");
  expect(isKnownWeak(publicKey(inUse + 2n))).toBeUndefined();
});

describe("each list is whole", () => {
  const folder = new URL("../server/weak-keys/", import.meta.url);
  const lists = readdirSync(folder).filter((file) => file.endsWith(".bin"));
  test.each(lists)("%s", (file) => {
    const [, bits, machine, seedFile] = /^rsa(\d+)-(le32|le64)-(\w+)\.bin$/.exec(file)!;
    const octets = readFileSync(new URL(file, folder));
    expect(octets.length).toBe(processIds * 6);
    for (const id of [1, 32_767]) {
      const modulus = debianModulus(Number(bits), machines[machine as "le32"], seedFile as SeedFile, id);
      expect(octets.subarray(id * 6, id * 6 + 6)).toEqual(listedOf(modulus));
    }
  });
  test("README names each, and no other", () => {
    const named = [...readFileSync(new URL("README.md", folder), "utf8").matchAll(/^\| `([\w-]+\.bin)` \|/gm)];
    expect(new Set(named.map(([, file]) => file))).toEqual(new Set(lists));
  });
});
