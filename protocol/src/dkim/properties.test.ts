import { createHash, createPublicKey } from "node:crypto";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import {
  body,
  ed25519Record,
  forge,
  header,
  keyRecords,
  now,
  octets,
  relaxedBody,
  resolver,
  signatureTemplate,
} from "../../vectors/dkim/example.ts";
import { formatKeyRecord } from "./key/key-record.ts";
import { resultOf } from "./signature/verdict.ts";
import { verify } from "./verify/verify.ts";

const message = `${forge(signatureTemplate({ i: "joe@example.com", t: `${now}`, l: "30" }))}${header}\r\n${body}`;
const words = new Set<string>(["pass", ...Object.values(resultOf)]);

const mutations = fc.array(
  fc.record({
    at: fc.nat(message.length),
    cut: fc.nat(5),
    put: fc.oneof(
      fc.string({ unit: "binary-ascii", maxLength: 4 }),
      fc.constantFrom("\r\n", "\r\n ", ";", "=", "\xff", "DKIM-Signature:", "\r\n\r\n", "b=", "99999999999999999999"),
    ),
  }),
  { maxLength: 4 },
);
const mutate = (text: string, changes: { at: number; cut: number; put: string }[]): string =>
  changes.reduce((result, { at, cut, put }) => result.slice(0, at) + put + result.slice(at + cut), text);

test("any octets come to verdicts, the same ones however they are cut", async () => {
  const anything = fc.oneof(
    mutations.map((changes) => mutate(message, changes)),
    fc.uint8Array({ maxLength: 300 }).map((random) => Buffer.from(random).toString("latin1")),
  );
  await fc.assert(
    fc.asyncProperty(anything, fc.array(fc.nat(1500), { maxLength: 8 }), async (text, places) => {
      const options = { resolveTxt: resolver(keyRecords), now };
      const whole = await verify(octets(text), options);
      for (const { result } of whole) expect(words.has(result)).toBe(true);
      const cuts = [0, ...places.sort((one, other) => one - other), text.length];
      const chunks = async function* chunks(): AsyncGenerator<Uint8Array> {
        for (const [at, cut] of cuts.entries()) yield octets(text.slice(cut, cuts[at + 1]));
      };
      expect(await verify(chunks(), options)).toEqual(whole);
    }),
    { numRuns: 2000 },
  );
});

test("any key record comes to a verdict", async () => {
  const records = mutations.map((changes) =>
    mutate(
      ed25519Record,
      changes.map((change) => ({ ...change, at: change.at % 80 })),
    ),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(records, { maxLength: 3 }), async (texts) => {
      const [verification] = await verify(octets(message), {
        resolveTxt: () => Promise.resolve(texts.map((text) => [text])),
        now,
      });
      expect(words.has(verification!.result)).toBe(true);
    }),
    { numRuns: 1000 },
  );
});

test("R-17 a thousand signatures under the slowest keys cost ten look-ups and little time", async () => {
  const key = {
    kty: "RSA",
    n: Buffer.alloc(1024, 0xff).toString("base64url"),
    e: Buffer.alloc(8, 0xff).toString("base64url"),
  };
  const record = formatKeyRecord(createPublicKey({ format: "jwk", key }));
  const b = Buffer.alloc(1024, 0x11).toString("base64");
  const fields = Array.from({ length: 1000 }, (_, at) => signatureTemplate({ a: "rsa-sha256", s: `s${at}`, b }));
  const bh = createHash("sha256").update(relaxedBody(body)).digest("base64");
  const text = `${fields.join("").replaceAll("{bh}", bh)}${header}\r\n${body}`;
  let asked = 0;
  const started = process.cpuUsage();
  const resolveTxt = (): Promise<string[][]> => (asked++, Promise.resolve([[record]]));
  const results = await verify(octets(text), { resolveTxt, now });
  const { user, system } = process.cpuUsage(started);
  expect(asked).toBe(10);
  expect(results.map(({ reason }) => reason).filter((reason) => reason === "signature-mismatch").length).toBe(10);
  expect(results.filter(({ reason }) => reason === "not-evaluated").length).toBe(990);
  // 60 ms in practice; evaluating all of them would take seconds.
  expect((user + system) / 1e6).toBeLessThan(1);
});

test("a message made to be slow is not", async () => {
  const signature = forge(signatureTemplate());
  const foreign = forge(signatureTemplate({ d: "example.net" }));
  const addresses = Array.from({ length: 3200 }, (_, at) => `a@a${at}.example`).join(",");
  const slow = [
    `${signature.repeat(1000)}${header}\r\n${body}`,
    `${signature}${`X:${" \t".repeat(450)}\r\n`.repeat(2000)}${header}\r\n${body}`,
    `DKIM-Signature:${"\r\n ".repeat(20_000)}\r\n${header}\r\n`,
    `DKIM-Signature:${";".repeat(60_000)}\r\n${header}\r\n`,
    `DKIM-Signature: h=${"from:".repeat(12_000)}\r\n${header}\r\n`,
    `${signatureTemplate({ h: "a:".repeat(30_000), bh: "AA==", b: "AA==" })}${"a:\r\n".repeat(15_000)}${header}\r\n`,
    // DKIM-V-68: signed fields of a megabyte, folded as often as can be.
    `${signature}${header.replace("Subject:", `Subject:${"\r\n x".repeat(250_000)}`)}\r\n${body}`,
    `${forge(signatureTemplate({ h: `from${":x".repeat(19_000)}` }))}${`X:${" x".repeat(40)}\r\n`.repeat(19_000)}${header}`,
    `From: ${"(".repeat(200_000)}\r\n${signature}\r\n`,
    `${"DKIM-Signature: b=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\r\n".repeat(15_000)}${header}\r\n`,
    `${(signature + foreign).repeat(4000)}From: ${addresses},joe@example.com\r\n\r\n${body}`,
    `${"DKIM-Signature:\xff\r\n".repeat(10_000)}${"X:\r\n".repeat(9900)}${header}\r\n${body}`,
    `${signature}${header}\r\n${" ".repeat(3_000_000)}`,
    `${signature}${header}\r\n${"\r\n".repeat(1_500_000)}x`,
    `${signature}${header}\r\n${"\r ".repeat(1_500_000)}`,
  ];
  const started = process.cpuUsage();
  for (const text of slow) await verify(octets(text), { resolveTxt: resolver(keyRecords), now });
  const { user, system } = process.cpuUsage(started);
  // Half a second in practice: the bound tells linear from quadratic, not fast from slow.
  expect((user + system) / 1e6).toBeLessThan(4);
});
