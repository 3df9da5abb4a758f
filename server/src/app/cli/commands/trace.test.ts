import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fingerprintOf, formatKeyRecord, publicKeyText } from "chancery/dkim";
import { afterAll, describe, expect, test } from "vitest";
import { run } from "../test-run.ts";

const folder = mkdtempSync(join(tmpdir(), "chancery-trace-"));
afterAll(() => rmSync(folder, { recursive: true }));
const file = (name: string, content: string): string => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};

const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
const ed25519 = generateKeyPairSync("ed25519");
const pem = (key: KeyObject, type: "spki" | "pkcs8" | "pkcs1"): string => key.export({ type, format: "pem" }) as string;
const fingerprint = fingerprintOf(rsa.publicKey);
const record = formatKeyRecord(rsa.publicKey);
const txt = (...texts: string[]): object => ({ TXT: texts });
const zone = {
  "r._domainkey.example.com": { CNAME: "r.keys.example.net" },
  "r.keys.example.net": txt(record),
  "e._domainkey.example.com": txt(formatKeyRecord(ed25519.publicKey)),
  "quoted._domainkey.example.com": txt(`"${record}"`),
  "weak._domainkey.example.com": txt(formatKeyRecord(generateKeyPairSync("rsa", { modulusLength: 1024 }).publicKey)),
  "testing._domainkey.example.com": txt(record.replace("k=rsa", "k=rsa; t=y")),
  "sha1._domainkey.example.com": txt(record.replace("k=rsa", "h=sha1; k=rsa")),
  "revoked._domainkey.example.com": txt("v=DKIM1; p="),
  "two._domainkey.example.com": txt(record, formatKeyRecord(ed25519.publicKey)),
  "halves._domainkey.example.com": txt(record.slice(0, 200), record.slice(200)),
  "secret._domainkey.example.com": txt(
    `v=DKIM1; k=rsa; p=${pem(rsa.privateKey, "pkcs8").split("\n").slice(1, -2).join("")}`,
  ),
  "selector1._domainkey.example.com": { CNAME: "selector1-example-com._domainkey.example.onmicrosoft.com" },
  "selector2._domainkey.example.com": { CNAME: "selector2-example-com._domainkey.example.onmicrosoft.com" },
  "selector1-example-com._domainkey.example.onmicrosoft.com": txt(record),
  "selector2._domainkey.both-empty.example": { CNAME: "selector2-both-empty._domainkey.example.onmicrosoft.com" },
  "selector1._domainkey.both-empty.example": { CNAME: "selector1-both-empty._domainkey.example.onmicrosoft.com" },
  "down._domainkey.example.com": { error: "SERVFAIL" },
};
const dns = file("zone.json", JSON.stringify(zone));
const trace = (selector: string, ...words: string[]): ReturnType<typeof run> =>
  run("trace", selector, "example.com", "--dns", dns, ...words);

describe("--expect-key takes the key in every form", () => {
  const base64 = Buffer.from(fingerprint, "hex").toString("base64");
  test.each<[title: string, expected: string]>([
    ["a fingerprint", fingerprint],
    ["a fingerprint in capitals and pairs", fingerprint.toUpperCase().match(/../g)!.join(":")],
    ["a fingerprint in base64", base64],
    ["a fingerprint as OpenSSH writes it", `SHA256:${base64.replace(/=$/, "")}`],
    ["PEM of the public half", file("spki.pem", pem(rsa.publicKey, "spki"))],
    ["PEM of the public half, PKCS #1", file("pkcs1-public.pem", pem(rsa.publicKey, "pkcs1"))],
    ["PEM of the private half", file("pkcs8.pem", pem(rsa.privateKey, "pkcs8"))],
    ["PEM of the private half, PKCS #1", file("pkcs1.pem", pem(rsa.privateKey, "pkcs1"))],
    ["a key record", file("record.txt", `${record}\n`)],
    ["a key record in quotes", file("quoted.txt", `"${record.slice(0, 255)}" "${record.slice(255)}"\n`)],
    ["a line of a zone file", file("zone.txt", `r._domainkey IN TXT ( "${record}" ) ; key\n`)],
    ["base64 alone", file("base64.txt", `${publicKeyText(rsa.publicKey)}\n`)],
  ])("%s: 0 where it is there, 1 where another is", async (_title, expected) => {
    const { out, status } = await trace("r", "--expect-key", expected);
    expect([out.includes("that is the expected key"), status]).toEqual([true, 0]);
    const other = await trace("e", "--expect-key", expected);
    expect(other.out).toContain("high KeyMismatch: ");
    expect(other.out).toContain(`  expected: SHA-256 ${fingerprint}\n`);
    expect(other.status).toBe(1);
  });

  test("Ed25519, as 44 characters of p= in a file", async () => {
    expect((await trace("e", "--expect-key", file("ed.txt", publicKeyText(ed25519.publicKey)))).status).toBe(0);
  });

  test.each<[title: string, expected: string]>([
    ["a file that is not there", join(folder, "none.pem")],
    ["a file of something else", file("hello.txt", "hello")],
    ["a revoked key", file("revoked.txt", "v=DKIM1; p=")],
    [
      "a key that is none of DKIM",
      file("ec.pem", pem(generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey, "spki")),
    ],
    ["half a PEM", file("half.pem", pem(rsa.privateKey, "pkcs8").slice(0, 200))],
  ])("%s is refused: 2", async (_title, expected) => {
    const { out, errors, status } = await trace("r", "--expect-key", expected);
    expect([out, status]).toEqual(["", 2]);
    expect(errors).toContain("--expect-key");
    expect(errors).not.toContain(pem(rsa.privateKey, "pkcs8").slice(60, 90));
  });

  test("--json has both fingerprints", async () => {
    const other = JSON.parse((await trace("e", "--json", "--expect-key", fingerprint)).out) as Record<string, unknown>;
    expect(other).toMatchObject({
      verdict: "broken",
      expected: fingerprint,
      key: { fingerprint: fingerprintOf(ed25519.publicKey) },
      findings: [{ code: "KeyMismatch", severity: "high" }],
    });
    const same = JSON.parse((await trace("r", "--json", "--expect-key", fingerprint)).out) as Record<string, unknown>;
    expect(same).toMatchObject({ verdict: "sound", expected: fingerprint, key: { fingerprint }, findings: [] });
  });
});

describe("what trace says of a record", () => {
  test.each<[selector: string, status: number, findings: string[]]>([
    ["r", 0, []],
    ["quoted", 1, ["high KeyMalformed: quotes were pasted with it, and have become part of it"]],
    ["weak", 0, ["low KeyWeak: RSA with 1024 bits: 2048 are advised"]],
    ["testing", 0, ["medium KeyTesting: t=y: verifiers are asked to treat signed mail like unsigned mail"]],
    ["sha1", 1, ["high KeyUnusable: h= does not allow sha256, and no verifier takes SHA-1 any more"]],
    ["revoked", 1, ["high KeyRevoked: the key is revoked: p= is empty"]],
    [
      "two",
      1,
      ["high MultipleKeyRecords: 2 TXT records stand at one key name; which one a verifier takes is undefined"],
    ],
    ["halves", 1, ["high MultipleKeyRecords: the two halves of one record are published as two records"]],
    ["down", 3, ["low Undetermined: DNS gave no answer that says anything (servfail)"]],
  ])("%s: %i", async (selector, status, findings) => {
    const { out, ...ended } = await trace(selector);
    expect(out.match(/^(?:critical|high|medium|low|info) .*$/gm) ?? []).toEqual(findings);
    expect(ended.status).toBe(status);
  });

  test("of several causes an answer that is not there comes before an expected key", async () => {
    expect((await trace("down", "--expect-key", fingerprint)).status).toBe(3);
    expect((await trace("none", "--expect-key", fingerprint)).status).toBe(1);
  });

  test("what was meant is shown", async () => {
    for (const selector of ["quoted", "halves"]) expect((await trace(selector)).out).toContain(`meant:\n  ${record}\n`);
  });

  test("a private key in DNS is critical, and is repeated nowhere", async () => {
    for (const words of [[], ["--json"]]) {
      const { out, errors, status } = await trace("secret", ...words);
      expect(status).toBe(1);
      expect(out).toContain("PrivateKeyPublished");
      expect(out + errors).not.toContain(pem(rsa.privateKey, "pkcs8").split("\n")[1]!.slice(40));
    }
  });
});

describe("whose it is", () => {
  const other = (selector: string, domain: string, ...words: string[]): ReturnType<typeof run> =>
    run("trace", selector, domain, "--dns", dns, ...words);

  test("each name of the chain, and the private key", async () => {
    const { out } = await trace("selector1");
    expect(out).toContain("selector1._domainkey.example.com: in your own DNS; you may change it");
    expect(out).toContain("in the DNS of Microsoft 365 (Exchange Online), who may change it");
    expect(out).toContain("private key: held by Microsoft 365 (Exchange Online)");
    expect((await trace("r")).out).toContain("private key: held, it seems, by whoever runs example.net");
  });

  test("M365-07 an empty selector beside one that signs is no fault, and leads to no key", async () => {
    const { out, status } = await trace("selector2");
    expect(out).toContain("nothing to mend: Microsoft 365 (Exchange Online) keeps this one empty");
    expect(out).not.toContain("TargetMissing");
    expect(status).toBe(1);
    expect(JSON.parse((await trace("selector2", "--json")).out)).toMatchObject({
      idle: { id: "microsoft365" },
      findings: [],
    });
  });

  test("M365-07 an empty selector beside another empty one is", async () => {
    expect((await other("selector2", "both-empty.example")).out).toContain("high TargetMissing");
  });
});
