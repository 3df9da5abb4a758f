import { generateKeyPairSync } from "node:crypto";
import { setImmediate as turn } from "node:timers/promises";
import { formatKeyRecord, startSigning, verify } from "chancery/dkim";
import { octetsOf, splitHeader } from "chancery/mail";
import { beforeEach, expect, test } from "vitest";
import { Canary, type CanaryFinding } from "./canary.ts";

const { privateKey, publicKey } = generateKeyPairSync("ed25519");
const now = 1_770_000_000;
const header = "From: x@a.example\r\nTo: y@b.example\r\n";

let records: Map<string, string | { code: string }>;
let asked: string[];
let findings: CanaryFinding[];
let nowMs: number;
let canary: Canary;

beforeEach(() => {
  records = new Map([["s1._domainkey.a.example", formatKeyRecord(publicKey)]]);
  asked = [];
  findings = [];
  nowMs = 0;
  canary = new Canary({ resolveTxt, report: (finding) => findings.push(finding), monotonicMs: () => nowMs });
});

async function resolveTxt(name: string): Promise<string[][]> {
  asked.push(name);
  const record = records.get(name) ?? { code: "ENOTFOUND" };
  if (typeof record === "string") return [[record]];
  throw Object.assign(new Error("no answer"), record);
}

/** Signs a message under the canary's eyes; answers the signed message after the canary has had its time. */
async function send(keyId = "key_1", body = "Hi.\r\n", extra = ""): Promise<Uint8Array> {
  const fields = splitHeader(octetsOf(header + extra));
  if (!fields.ok) throw new Error(fields.problem);
  const keys = [{ signingDomain: "a.example", selector: "s1", privateKey }];
  const signer = canary.watch(startSigning(fields.value, { keys, now }), fields.value, [keyId], now);
  const buffer = octetsOf(body);
  signer.update(buffer.subarray(0, 2));
  signer.update(buffer.subarray(2));
  const signature = await signer.finish();
  // Chunks are only lent: what was kept must be a copy.
  buffer.fill(0x78);
  for (let at = 0; at < 20; at++) await turn();
  return Buffer.concat([signature, octetsOf(`${header}${extra}\r\n${body}`)]);
}

test("DKIM-S-27 a signature that receivers can verify passes, and is what the signer made", async () => {
  const [verification] = await verify(await send(), { resolveTxt, now });
  expect(verification!.result).toBe("pass");
  expect(findings).toEqual([
    {
      keyId: "key_1",
      signingDomain: "a.example",
      selector: "s1",
      result: "pass",
      reason: undefined,
      detail: undefined,
    },
  ]);
});

test.each([
  ["a selector that is not visible", undefined, "permerror", "key-not-found"],
  [
    "another key under the selector",
    formatKeyRecord(generateKeyPairSync("ed25519").publicKey),
    "fail",
    "signature-mismatch",
  ],
  ["a revoked key", "v=DKIM1; p=", "permerror", "key-revoked"],
  ["a DNS that does not answer", { code: "ETIMEOUT" }, "temperror", "dns-timeout"],
])("DKIM-S-27 %s is told, and the mail goes on", async (_what, record, result, reason) => {
  if (record === undefined) records.clear();
  else records.set("s1._domainkey.a.example", record);
  expect((await send()).length).toBeGreaterThan(100);
  expect(findings).toMatchObject([{ keyId: "key_1", selector: "s1", result, reason }]);
});

test("each key is looked at every five minutes, all together once a second", async () => {
  const looksAt = async (ms: number, ...keyIds: string[]): Promise<string[]> => {
    nowMs = ms;
    findings.length = 0;
    for (const keyId of keyIds) await send(keyId);
    return findings.map(({ keyId }) => keyId);
  };
  expect(await looksAt(0, "key_1", "key_1", "key_2")).toEqual(["key_1"]);
  expect(await looksAt(999, "key_2")).toEqual([]);
  expect(await looksAt(1000, "key_1", "key_2")).toEqual(["key_2"]);
  expect(await looksAt(299_999, "key_1", "key_2")).toEqual([]);
  expect(await looksAt(300_000, "key_1", "key_2")).toEqual(["key_1"]);
  expect(await looksAt(301_000, "key_1", "key_2")).toEqual(["key_2"]);
});

test("a long message is not kept, and a signer that was dropped takes no turn", async () => {
  await send("key_1", `${"x".repeat(70)}\r\n`.repeat(1000));
  expect(asked).toEqual([]);
  const fields = splitHeader(octetsOf(header));
  if (!fields.ok) throw new Error(fields.problem);
  const keys = [{ signingDomain: "a.example", selector: "s1", privateKey }];
  canary.watch(startSigning(fields.value, { keys, now }), fields.value, ["key_2"], now);
  nowMs = 1000;
  await send("key_2");
  expect(findings).toMatchObject([{ keyId: "key_2", result: "pass" }]);
});

test("the signatures of others in the message cost no look-up", async () => {
  const foreign = "DKIM-Signature: v=1; a=rsa-sha256; d=b.example; s=x; h=from; bh=AAAA; b=AAAA\r\n";
  await send("key_1", "Hi.\r\n", foreign.repeat(50));
  expect(asked).toEqual(["s1._domainkey.a.example"]);
  expect(findings).toMatchObject([{ result: "pass" }]);
});
