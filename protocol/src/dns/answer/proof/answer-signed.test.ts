import { createPrivateKey, createPublicKey } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { signZone } from "../../dnssec/sign-zone.ts";
import { ask, proofProblem, published, showRecord, zoneOf } from "../../dnssec/test-zones.ts";
import { recordsOf } from "../../dnssec/test-records.ts";
import { dnskeyData, signatureTimes, zoneSigningKey, type ZoneSigningKey } from "../../dnssec/zone-signing.ts";
import { withSigning } from "../../zone/zone.ts";
import { rcodeName } from "../../message/message.ts";
import { TYPE, typeNumber } from "../../record/record.ts";
import type { Zone } from "../../zone/zone.ts";

const vectors = new URL("../../../../vectors/dnssec/", import.meta.url);
/** PKCS #8 of an Ed25519 key up to its octets (RFC 8410 §7). */
const pkcs8 = Buffer.from("302e020100300506032b657004220420", "hex");

const keyOf = (signs: string, flags: string, seed: string): ZoneSigningKey => {
  const key = Buffer.concat([pkcs8, Buffer.from(seed, "base64")]);
  const privateKey = createPrivateKey({ key, format: "der", type: "pkcs8" });
  const dnskey = dnskeyData(createPublicKey(privateKey), flags === "256" ? 256 : 257);
  if (signs !== "keys" && signs !== "zone" && signs !== "both") throw new Error(`a key that signs ${signs}`);
  return zoneSigningKey(dnskey, privateKey, signs);
};

describe.each(readdirSync(vectors).filter((file) => file.endsWith(".txt")))("%s", (file) => {
  const [setup = "", cases = ""] = readFileSync(new URL(file, vectors), "utf8").split(/^---\n/m, 2);
  const word = (key: string): string => setup.match(new RegExp(`^${key} (.*)$`, "m"))?.[1] ?? expect.fail(key);
  const keys = [...setup.matchAll(/^key (\S+) (\d+) (\S+)$/gm)].map(([, ...of]) =>
    keyOf(...(of as [string, string, string])),
  );
  const signing = { keys, ...signatureTimes };
  const now = Number(word("now"));
  const origin = word("zone");
  const text = setup
    .slice(setup.search(/^zone /m))
    .split("\n")
    .slice(1)
    .join("\n");
  const dnskeys = keys.map(({ dnskey }) => ({ name: origin, type: TYPE.DNSKEY, ttl: 300, data: dnskey }));
  const records = [...recordsOf(text, origin), ...dnskeys];
  const plain = zoneOf(origin, records);
  const zone: Zone =
    word("sign") === "online" ? withSigning(plain, signing) : zoneOf(origin, signZone(records, signing, now));

  const asked = cases
    .split(/^\? /m)
    .slice(1)
    .map((block) => block.trimEnd().split("\n"));
  test.each(asked)(`${word("#")}: %s`, (question, ...expected) => {
    const [name = "", typeText = "", ...options] = question.split(" ");
    const type = typeNumber(typeText) ?? expect.fail(typeText);
    const query = { name, type, compactOk: options.includes("co") };
    const reply = ask([zone], query, "tcp", now);
    const found = (["answers", "authority", "additional"] as const).flatMap((section) =>
      reply[section].map(
        (record) => `${section.replace("answers", "answer")} ${showRecord(record).replace(" ", ". ")}`,
      ),
    );
    const status = `${rcodeName(reply.rcode)}${reply.authoritative ? " aa" : ""}`;
    expect([status, ...found].map((line) => `  ${line}`)).toEqual(expected);
    if (type === TYPE.RRSIG) return; // signatures alone prove nothing
    const unsigned = ask([plain], { ...query, dnssecOk: false }, "tcp", now);
    expect(proofProblem(query, reply, unsigned, origin, published(signing), now)).toBeUndefined();
  });
});
