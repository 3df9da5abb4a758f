import { createHash, generateKeyPairSync, sign as signOctets } from "node:crypto";
import mailauth from "mailauth/lib/arc/index.js";
import { canonicalizeField, sign } from "chancery/dkim";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseFixture } from "../resolver/fixture.ts";
import type { Lookup } from "../resolver/resolution.ts";
import { validateArc, type ArcFailure } from "./arc.ts";
import { limits } from "./limits.ts";

const { publicKey, privateKey } = generateKeyPairSync("ed25519");
const pem = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
const raw = Buffer.from(publicKey.export({ format: "jwk" }).x!, "base64url").toString("base64");
const keyRecord = { TXT: [`v=DKIM1; k=ed25519; p=${raw}`] };
const now = 1_795_305_600;

const lookupIn = (dns: Record<string, unknown>): Lookup => {
  const parsed = parseFixture(JSON.stringify(dns));
  if (!parsed.ok) throw new Error(parsed.problem);
  return parsed.value;
};
const sealers = ["one.example", "two.example", "three.example"];
const dns = Object.fromEntries(sealers.map((name) => [`s1._domainkey.${name}`, keyRecord]));
const lookup = lookupIn(dns);

const plain = "From: a@example.com\r\nTo: list@one.example\r\nSubject: hello\r\n\r\nhello\r\n";

/** A message that the first `count` of the sealers passed on, each unchanged but for `change` before it seals. */
async function sealed(count: number, change: (message: string, sealer: number) => string = (same) => same) {
  let message = plain;
  for (let at = 0; at < count; at++) {
    message = change(message, at);
    const fields = await mailauth.sealMessage(Buffer.from(message), {
      signingDomain: sealers[at % sealers.length]!,
      selector: "s1",
      privateKey: pem,
      authResults: `${sealers[at % sealers.length]}; dkim=pass`,
      cv: at === 0 ? "none" : "pass",
    });
    message = fields.toString("latin1") + message;
  }
  return message;
}

const validate = (message: string, dnsLookup: Lookup = lookup) =>
  validateArc(Buffer.from(message, "latin1"), dnsLookup, now);
/** A field with its folds, removed from a message. */
const without = (message: string, name: string): string =>
  message.replace(new RegExp(`^${name}:(?:.*\r\n)(?:[ \t].*\r\n)*`, "m"), "");
const fieldOf = (message: string, name: string): string =>
  new RegExp(`^${name}:(?:.*\r\n)(?:[ \t].*\r\n)*`, "m").exec(message)![0];

const twoSets = await sealed(2);

test("ARC-01 signing adds no ARC set", async () => {
  const fields = await sign(Buffer.from(plain), {
    keys: [{ signingDomain: "example.com", selector: "s1", privateKey }],
  });
  expect(
    Buffer.from(fields)
      .toString()
      .match(/^[\w-]+:/gm),
  ).toEqual(["DKIM-Signature:"]);
});

test("ARC-03 without a set: none", async () => {
  expect(await validate(plain)).toMatchObject({ result: "none", instances: 0, sealers: [] });
});

test("ARC-07 every seal is validated, the sealers are told in their order", async () => {
  expect(await validate(await sealed(3))).toEqual({
    result: "pass",
    reason: undefined,
    detail: undefined,
    instances: 3,
    sealers: ["one.example", "two.example", "three.example"],
    oldestPass: 0,
  });
});

describe("fails", () => {
  const renumbered = (from: number, to: number): string => twoSets.replaceAll(`i=${from};`, `i=${to};`);
  test.each<[title: string, message: string, reason: ArcFailure]>([
    ["ARC-04 without an ARC-Message-Signature", without(twoSets, "ARC-Message-Signature"), "incomplete-sets"],
    ["ARC-04 without an ARC-Seal", without(twoSets, "ARC-Seal"), "incomplete-sets"],
    ["ARC-04 without ARC-Authentication-Results", without(twoSets, "ARC-Authentication-Results"), "incomplete-sets"],
    ["ARC-04 with a field twice", fieldOf(twoSets, "ARC-Authentication-Results") + twoSets, "incomplete-sets"],
    ["ARC-04 with a gap", renumbered(2, 3), "incomplete-sets"],
    ["ARC-03 with instance 51", renumbered(2, 51), "incomplete-sets"],
    ["ARC-03 with instance 0", renumbered(2, 0), "incomplete-sets"],
    ["ARC-05 with cv=pass in the first seal", twoSets.replace("cv=none", "cv=pass"), "chain-status"],
    ["ARC-05 with cv=none in the second seal", twoSets.replace("cv=pass", "cv=none"), "chain-status"],
    ["ARC-05 with cv=fail in the newest seal", twoSets.replace("cv=pass", "cv=fail"), "chain-status"],
    ["ARC-06 with a body that was changed", twoSets.replace(/hello\r\n$/, "hullo\r\n"), "message-signature"],
    [
      "ARC-06 with a Subject that was changed",
      twoSets.replace("Subject: hello", "Subject: hullo"),
      "message-signature",
    ],
    ["ARC-07 with results that were changed", twoSets.replace("dkim=pass", "dkim=fail"), "seal-mismatch"],
    ["with a line end that is none", twoSets.replace("Subject:", "X: y\nSubject:"), "bare-line-end"],
    ["with a line end that is none in the body", twoSets.replace("hello\r\n", "hel\nlo\r\n"), "bare-line-end"],
    ["with a field that is too large", `ARC-Seal: ${"x".repeat(limits.arcFieldOctetsMax)}\r\n${twoSets}`, "too-large"],
    ["with a From that is too large", `From: ${"a:".repeat(limits.arcFieldOctetsMax)}\r\n${twoSets}`, "too-large"],
    ["with a line that is too long", twoSets + " ".repeat(limits.arcLineOctetsMax + 1), "too-large"],
    ["with a header of too many lines", `X: y\r\n${" z\r\n".repeat(limits.arcHeaderLinesMax)}${twoSets}`, "too-large"],
  ])("%s", async (_title, message, reason) => {
    expect(await validate(message)).toMatchObject({ result: "fail", reason });
  });

  test("ARC-07 with an older seal that was changed", async () => {
    const message = await sealed(2, (before, sealer) =>
      sealer === 1
        ? before.replace(/^(ARC-Seal:[^]*? b=)(.)/m, (_field, head, first) => head + (first === "A" ? "B" : "A"))
        : before,
    );
    expect(await validate(message)).toMatchObject({
      result: "fail",
      reason: "seal-mismatch",
      sealers: ["one.example", "two.example"],
    });
  });

  test("ARC-03 with 51 sets", async () => {
    const message = fieldOf(twoSets, "ARC-Seal").repeat(3 * limits.arcSetsMax + 1) + plain;
    expect(await validate(message)).toMatchObject({ result: "fail", reason: "too-many-sets" });
  });

  test("when a key is not there, is not usable or is not told", async () => {
    const withKey = (record: unknown): Lookup => lookupIn({ ...dns, "s1._domainkey.one.example": record });
    expect(await validate(twoSets, withKey({ TXT: [] }))).toMatchObject({ reason: "key-not-usable" });
    expect(await validate(twoSets, withKey({ TXT: ["v=DKIM1; p="] }))).toMatchObject({ reason: "key-not-usable" });
    expect(await validate(twoSets, withKey({ TXT: [...keyRecord.TXT, ...keyRecord.TXT] }))).toMatchObject({
      reason: "key-not-usable",
    });
    expect(await validate(twoSets, withKey({ error: "TIMEOUT" }))).toMatchObject({ reason: "dns-failure" });
    expect(await validate(twoSets, withKey({ TXT: ["some text", ...keyRecord.TXT] }))).toMatchObject({
      result: "pass",
    });
  });
});

/** One set over `plain`, as a sealer with its own ideas would make it. */
function setWith({ message = "", seal = "" }): string {
  const relaxed = (...fields: string[]): string => fields.map((field) => canonicalizeField(field, "relaxed")).join("");
  const signed = (covered: string, unsigned: string): string => {
    const digest = createHash("sha256")
      .update(covered + relaxed(`${unsigned}\r\n`).trimEnd())
      .digest();
    return `${unsigned}${signOctets(null, digest, privateKey).toString("base64")}\r\n`;
  };
  const results = "ARC-Authentication-Results: i=1; one.example; dkim=pass\r\n";
  const bodyHash = createHash("sha256").update("hello\r\n").digest("base64");
  const tags = "a=ed25519-sha256; d=one.example; s=s1;";
  const signature = signed(
    relaxed("From: a@example.com\r\n"),
    `ARC-Message-Signature: i=1; ${message} ${tags} c=relaxed/relaxed; h=from; bh=${bodyHash}; b=`,
  );
  return signed(relaxed(results, signature), `ARC-Seal: i=1; ${seal} ${tags} cv=none; b=`) + signature + results;
}

test("ARC-06 a v= tag in an ARC-Message-Signature is ignored", async () => {
  expect(await validate(setWith({}) + plain)).toMatchObject({ result: "pass" });
  expect(await validate(setWith({ message: "v=1;" }) + plain)).toMatchObject({ result: "pass" });
});

test("ARC-07 an ARC-Seal that has h= fails, whatever it signs", async () => {
  expect(await validate(setWith({ seal: "h=from;" }) + plain)).toMatchObject({
    result: "fail",
    reason: "malformed-set",
  });
});

test("ARC-06 an ARC-Message-Signature has an end, too", async () => {
  expect(await validate(setWith({ message: `x=${now - 3600};` }) + plain)).toMatchObject({
    result: "fail",
    reason: "message-signature",
  });
});

test("DKIM-Signature fields are left alone: no key of theirs is asked for", async () => {
  const signature = Buffer.from(
    await sign(Buffer.from(plain), { keys: [{ signingDomain: "example.com", selector: "s1", privateKey }] }),
  ).toString("latin1");
  const asked: string[] = [];
  const counting: Lookup = { lookup: (name, type) => (asked.push(name), lookup.lookup(name, type)) };
  const message = await sealed(1, (before) => signature + before);
  expect(await validate(message, counting)).toMatchObject({ result: "pass" });
  expect(asked).toEqual(["s1._domainkey.one.example"]);
});

test("the oldest instance from which on the message was not changed", async () => {
  const changedBeforeSecond = await sealed(3, (message, sealer) =>
    sealer === 1 ? message.replace("Subject: hello", "Subject: [list] hello") : message,
  );
  expect(await validate(changedBeforeSecond)).toMatchObject({ result: "pass", oldestPass: 2 });
});

test("any octets give a verdict", async () => {
  const pieces = [
    ...twoSets.split(/(?<=[;=:\n ])/),
    "\0",
    "\r",
    "\n",
    ";",
    "=",
    "i=1;",
    "\r\n\r\n",
    "(",
    '"',
    "\u00ff",
  ];
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.nat(twoSets.length), fc.nat(40), fc.constantFrom(...pieces)), { maxLength: 6 }),
      async (edits) => {
        let message = twoSets;
        for (const [at, cut, insert] of edits) message = message.slice(0, at) + insert + message.slice(at + cut);
        const { result, reason } = await validate(message);
        expect(["none", "pass", "fail"]).toContain(result);
        expect(reason !== undefined).toBe(result === "fail");
      },
    ),
    { numRuns: 500 },
  );
});
