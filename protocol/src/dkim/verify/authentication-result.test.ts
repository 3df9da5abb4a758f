import { createPublicKey } from "node:crypto";
import { expect, test } from "vitest";
import { check, signed } from "../../../vectors/dkim/checking.ts";
import {
  body,
  ed25519Record,
  forge,
  header,
  now,
  resolver,
  rsaPrivateKey,
  signatureTemplate,
} from "../../../vectors/dkim/example.ts";
import { format, parse } from "../../authres/index.ts";
import { authenticationResults, type DkimMethodResult } from "./authentication-result.ts";
import { formatKeyRecord } from "../key/key-record.ts";
import { resultOf } from "../signature/verdict.ts";
import type { Verification, VerifyOptions } from "./verification.ts";

const resultsOf = async (text: string, options: Partial<VerifyOptions> = {}): Promise<DkimMethodResult[]> =>
  authenticationResults(await check(text, options));
/** Each property as it is written, without quotes. */
const propertiesOf = (result: DkimMethodResult | undefined): string[] =>
  result?.properties.map(({ ptype, property, value }) => `${ptype}.${property}=${value}`) ?? [];
const rulesOf = async (text: string, options: Partial<VerifyOptions> = {}): Promise<string[]> => {
  const [result] = await resultsOf(text, options);
  const rules = propertiesOf(result).filter((property) => property.startsWith("policy."));
  return [String(result?.result), ...rules];
};

test("DKIM-R-09 a message without a signature: none, and nothing beside it", async () => {
  expect(
    format({ authservId: "mx.example.net", version: null, results: await resultsOf(`${header}\r\n${body}`) }),
  ).toBe("Authentication-Results: mx.example.net;\r\n dkim=none\r\n");
});

test("DKIM-R-16 AR-11 two signatures of one domain are two results, told apart by header.b", async () => {
  const ed25519 = forge(signatureTemplate({ i: "joe@mail.example.com" }));
  const rsa = forge(signatureTemplate({ a: "rsa-sha256", s: "r" }), { privateKey: rsaPrivateKey });
  const results = await resultsOf(`${ed25519}${rsa}${header}\r\n${body}`);
  expect(results.map(({ method, result, reason }) => [method, result, reason])).toEqual([
    ["dkim", "pass", null],
    ["dkim", "pass", null],
  ]);
  const [first, second] = results.map(propertiesOf);
  expect(first).toEqual([
    "header.d=example.com",
    "header.i=joe@mail.example.com",
    "header.s=e",
    "header.a=ed25519-sha256",
    expect.stringMatching(/^header\.b=[A-Za-z0-9+/]{8}$/),
  ]);
  expect(second!.slice(0, 4)).toEqual([
    "header.d=example.com",
    "header.i=@example.com",
    "header.s=r",
    "header.a=rsa-sha256",
  ]);
  expect(first!.at(-1)).not.toBe(second!.at(-1));
  const field = format({ authservId: "mx.example.net", version: null, results });
  expect(parse(field)?.results).toEqual(results);
  expect(field.split("\r\n")).toEqual([
    "Authentication-Results: mx.example.net;",
    " dkim=pass header.d=example.com header.i=joe@mail.example.com header.s=e",
    " header.a=ed25519-sha256 header.b=9QRlAhpT;",
    " dkim=pass header.d=example.com header.i=@example.com header.s=r",
    ' header.a=rsa-sha256 header.b="2c/g81mi"',
    "",
  ]);
});

test("DKIM-R-12 policy names the rule that refused the signature", async () => {
  const rsa = (changes: Record<string, string>): string =>
    signed({ a: "rsa-sha256", s: "r", ...changes }, { privateKey: rsaPrivateKey });
  const ofBits = (octets: number): Partial<VerifyOptions> => {
    const n = Buffer.alloc(octets, 0xff).toString("base64url");
    const publicKey = createPublicKey({ format: "jwk", key: { kty: "RSA", n, e: "AQAB" } });
    return { resolveTxt: resolver({ "r._domainkey.example.com": formatKeyRecord(publicKey) }) };
  };
  const cases: [string, Promise<string[]>][] = [
    ["weak-key", rulesOf(rsa({}), ofBits(64))],
    ["large-key", rulesOf(rsa({}), ofBits(2048))],
    ["sha1", rulesOf(rsa({ a: "rsa-sha1" }))],
    ["expired", rulesOf(signed({ x: `${now - 1000}` }))],
    ["uncovered-body", rulesOf(signed({ l: "1" }), { uncoveredBody: "policy" })],
    ["registry-suffix", rulesOf(signed(), { isRegistrySuffix: () => true })],
    ["not-evaluated", rulesOf(signed(), { signaturesMax: 0 })],
  ];
  for (const [rule, got] of cases) expect(await got).toEqual(["policy", `policy.dkim-rules=${rule}`]);
  expect(cases.length).toBe(Object.values(resultOf).filter((result) => result === "policy").length);
  expect(await rulesOf(signed().replace("Hi.", "Ho."))).toEqual(["fail"]);
});

test("DKIM-K-13 a key in testing mode is told beside the word", async () => {
  const resolveTxt = resolver({ "e._domainkey.example.com": `${ed25519Record}; t=y` });
  expect(await rulesOf(signed(), { resolveTxt })).toEqual(["pass", "policy.dkim-rules=testing"]);
  expect(await rulesOf(signed().replace("Hi.", "Ho."), { resolveTxt })).toEqual(["fail", "policy.dkim-rules=testing"]);
});

test("what cannot be read is left out, and no octet of a broken field ends the value that it stands in", async () => {
  const broken = await resultsOf(`DKIM-Signature: v=1; d=example.com'a; s=a b; i=";x=1@@\r\n${header}\r\n`);
  expect(broken).toEqual([
    { method: "dkim", version: null, result: "neutral", reason: expect.any(String), properties: [] },
  ]);
  const [one] = await check(signed());
  const claims: Partial<Verification> = { identity: '"a; dmarc=pass (\\@example.com', signatureStart: "AAA/+AAA" };
  const results = authenticationResults([{ ...one!, ...claims }]);
  const field = format({ authservId: "mx.example.net", version: null, results });
  expect(parse(field)?.results).toEqual(results);
});
