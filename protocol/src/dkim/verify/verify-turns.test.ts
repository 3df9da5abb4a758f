import { expect, test } from "vitest";
import {
  body,
  forge,
  header,
  keyRecords,
  now,
  octets,
  resolver,
  signatureTemplate,
} from "../../../vectors/dkim/example.ts";
import { turnsOf } from "./test-turns.ts";
import { verify } from "./verify.ts";

const resolveTxt = resolver(keyRecords);

test("others have their turn between the signatures of a large header, and a small one is done in one go", async () => {
  const signatures = forge(signatureTemplate()).repeat(10);
  const large = octets(`${signatures}X: ${"x".repeat(200_000)}\r\n${header}\r\n${body}`);
  const small = octets(`${signatures}${header}\r\n${body}`);
  expect(await turnsOf(() => verify(large, { resolveTxt, now }))).toBeGreaterThanOrEqual(9);
  expect(await turnsOf(() => verify(small, { resolveTxt, now }))).toBe(0);
});

test("signatures past 512 KiB keep their place and are not read", async () => {
  const foreign = forge(signatureTemplate({ d: "example.net", z: "x".repeat(4000) }));
  const own = forge(signatureTemplate());
  const count = Math.floor((512 * 1024 - own.length) / foreign.length);
  const results = await verify(octets(`${own}${foreign.repeat(count + 5)}${own}${header}\r\n${body}`), {
    resolveTxt,
    now,
  });
  expect(results).toHaveLength(count + 7);
  expect(results[0]?.result).toBe("pass");
  expect(results[count]).toMatchObject({ reason: "not-evaluated", signingDomain: "example.net" });
  for (const unread of results.slice(count + 1))
    expect(unread).toMatchObject({ result: "policy", reason: "not-evaluated", signingDomain: undefined });
});

test("others have their turn among thousands of fields, and among chunks with nothing in them", async () => {
  const fields = octets(`${"DKIM-Signature: v=1\r\n".repeat(5500)}${header}\r\n${body}`);
  expect(await turnsOf(() => verify(fields, { resolveTxt, now }))).toBeGreaterThanOrEqual(5);
  async function* empty() {
    yield octets(`${forge(signatureTemplate())}${header}\r\n${body}`);
    for (let count = 0; count < 20_000; count++) yield new Uint8Array(0);
  }
  expect(await turnsOf(() => verify(empty(), { resolveTxt, now }))).toBeGreaterThanOrEqual(5);
});

test("short fields count for more than their octets, so that thousands cost no long stop", async () => {
  const results = await verify(octets(`${"DKIM-Signature: v=1\r\n".repeat(3000)}${header}\r\n${body}`), {
    resolveTxt,
    now,
  });
  expect(results).toHaveLength(3000);
  expect(results[2047]?.reason).toBe("malformed-signature");
  expect(results[2048]?.reason).toBe("not-evaluated");
});
