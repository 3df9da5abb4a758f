// Cases that this project did not write, from public test suites: `CHANCERY_CORPORA` names the folder that holds them.
import { createPrivateKey, type KeyObject } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { readSignature, sign, verify, type ResolveTxt } from "chancery/dkim";
import { splitMessage } from "chancery/mail";

const corpora = process.env["CHANCERY_CORPORA"];

type DnsEntry = { TXT: string[] } | { error: "SERVFAIL" | "TIMEOUT" };
type Expectation = { kind: string; result: string; accept: string[]; why?: string };
type VerifyCase = {
  id: string;
  file: string;
  dns: Record<string, DnsEntry>;
  now: number | null;
  expect: Expectation[];
};
type SigningCase = { message_file: string; ed25519_private_seed_b64: string; rsa_private_pem: string };

const resolver =
  (dns: Record<string, DnsEntry>): ResolveTxt =>
  (name) => {
    const entry = dns[name];
    if (entry !== undefined && "TXT" in entry) return Promise.resolve(entry.TXT.map((text) => [text]));
    const codes = { SERVFAIL: "ESERVFAIL", TIMEOUT: "ETIMEOUT" };
    return Promise.reject(Object.assign(new Error("no answer"), { code: entry ? codes[entry.error] : "ENOTFOUND" }));
  };

if (corpora === undefined) {
  test.skipIf(process.env["CI"] === undefined)("the corpora were given", () => {
    expect.fail("CHANCERY_CORPORA is not set: the conformance cases of other projects did not run");
  });
  console.warn("test/corpora.test.ts was given no corpora: set CHANCERY_CORPORA to their folder to run them");
} else {
  const verifyFolder = path.join(corpora, "verify");
  const suites = readdirSync(verifyFolder).filter((suite) =>
    existsSync(path.join(verifyFolder, suite, "manifest.json")),
  );

  describe.each(suites)("the %s suite", (suite) => {
    const folder = path.join(verifyFolder, suite);
    const cases = JSON.parse(readFileSync(path.join(folder, "manifest.json"), "utf8")) as VerifyCase[];
    test.each(cases.map((one) => [one.id, one] as const))("%s", async (_id, { file, dns, now, expect: expected }) => {
      const message = readFileSync(path.join(folder, file));
      const verifications = await verify(message, { resolveTxt: resolver(dns), ...(now !== null && { now }) });
      const wanted = expected.filter(({ kind }) => kind === "dkim");
      expect(verifications.length).toBe(wanted.length);
      for (const [at, { accept, why }] of wanted.entries()) {
        const { result, reason } = verifications[at]!;
        expect(accept, `signature ${at}: ${result} (${reason}), but ${why}`).toContain(result);
      }
    });
  });

  test("RFC 8463 Appendix A is signed again octet for octet", async () => {
    const folder = path.join(corpora, "sign");
    const given = JSON.parse(readFileSync(path.join(folder, "rfc8463.json"), "utf8")) as SigningCase;
    const signed = readFileSync(path.resolve(folder, given.message_file));
    const split = splitMessage(signed);
    if (!split.ok) throw new Error(split.problem);
    const published = split.value.header.filter((field) => field.lowerName === "dkim-signature");
    const unsigned = signed.subarray(Buffer.concat(published.map(({ raw }) => Buffer.from(raw, "latin1"))).length);
    const privateKeys = {
      ed25519: ed25519(given.ed25519_private_seed_b64),
      rsa: createPrivateKey(given.rsa_private_pem),
    };
    expect(published.length).toBe(2);
    for (const { raw } of published) {
      const theirs = readSignature(raw);
      if (!theirs.ok) throw new Error(theirs.failure.detail);
      const { signingDomain, selector, algorithm, signedFields, timestamp } = theirs.signature;
      const field = await sign(unsigned, {
        keys: [
          { signingDomain, selector, privateKey: algorithm === "rsa-sha256" ? privateKeys.rsa : privateKeys.ed25519 },
        ],
        identity: theirs.claims.identity!,
        headers: signedFields,
        now: timestamp ?? null,
      });
      const ours = readSignature(Buffer.from(field).toString("latin1"));
      expect(ours.base64).toBe(theirs.base64);
    }
  });
}

/** The seed in the only wrapping that Node takes (RFC 8410 §7). */
function ed25519(seed: string): KeyObject {
  return createPrivateKey({
    key: Buffer.concat([Buffer.from("302e020100300506032b657004220420", "hex"), Buffer.from(seed, "base64")]),
    format: "der",
    type: "pkcs8",
  });
}
