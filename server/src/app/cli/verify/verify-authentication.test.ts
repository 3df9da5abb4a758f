// `chancery verify` through its command line: what SPF, ARC and DMARC say beside DKIM.
import { createPrivateKey, generateKeyPairSync } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sign } from "chancery/dkim";
import { parse } from "chancery/authres";
import mailauth from "mailauth/lib/arc/index.js";
import { afterAll, describe, expect, test } from "vitest";
import { run } from "../test-run.ts";

const folder = mkdtempSync(join(tmpdir(), "chancery-authentication-"));
afterAll(() => rmSync(folder, { recursive: true }));
const write = (name: string, content: string | Uint8Array): string => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};

const { publicKey, privateKey } = generateKeyPairSync("ed25519");
const point = Buffer.from(publicKey.export({ format: "jwk" }).x!, "base64url").toString("base64");
const key = { TXT: [`v=DKIM1; k=ed25519; p=${point}`] };
const reject = { TXT: ["v=DMARC1; p=reject; rua=mailto:reports@customer.example"] };
const spf = { TXT: ["v=spf1 ip4:192.0.2.25 -all"] };

const plain = (from = "From: a@customer.example\r\n"): string => `${from}Subject: hello\r\n\r\nhello\r\n`;
async function signedBy(signingDomain: string, message = plain()): Promise<string> {
  const fields = await sign(Buffer.from(message), { keys: [{ signingDomain, selector: "s1", privateKey }] });
  return Buffer.from(fields).toString("latin1") + message;
}

type Line = {
  authorDomain: string | null;
  fromFields: number;
  dkim: { result: string }[];
  dmarc: { result: string; disposition: string; explanation: string[]; rfc7489: unknown; policy: unknown };
  arc: { result: string };
  spf: { result: string; domain: string; scope: string } | null;
  authenticationResults: string;
};

/** The text, the JSON line and the exit status for a message. */
async function verify(message: string, dns: Record<string, unknown>, ...words: string[]) {
  const common = [
    "verify",
    "--dns",
    write("dns.json", JSON.stringify(dns)),
    "--authserv-id",
    "mx.example.org",
    ...words,
  ];
  const file = write("message.eml", Buffer.from(message, "latin1"));
  const text = await run(...common, file);
  const json = await run(...common, "--json", file);
  return { text: text.out, line: JSON.parse(json.out) as Line, status: json.status };
}

const fromEsp = ["--ip", "192.0.2.25", "--mail-from", "<bounces@esp.example>"];
const fromCustomer = ["--ip", "192.0.2.25", "--mail-from", "a@customer.example", "--helo", "mail.customer.example"];

describe("DMARC", () => {
  test("an aligned signature passes", async () => {
    const dns = { "s1._domainkey.customer.example": key, "_dmarc.customer.example": reject };
    const { text, line, status } = await verify(await signedBy("customer.example"), dns);
    expect(status).toBe(0);
    expect(line).toMatchObject({
      authorDomain: "customer.example",
      fromFields: 1,
      dkim: [{ result: "pass" }],
      dmarc: { result: "pass", disposition: "none" },
      arc: { result: "none" },
      spf: null,
    });
    expect(text).toContain("DMARC: pass for customer.example, policy reject\n");
    expect(text).toContain("DKIM passes for customer.example, which is your From domain.");
    expect(text).toContain("SPF: not checked: give --ip");
  });

  test("DMARC-E-03 a provider that signs and sends as itself does not help the From domain", async () => {
    const dns = { "s1._domainkey.esp.example": key, "esp.example": spf, "_dmarc.customer.example": reject };
    const { text, line, status } = await verify(await signedBy("esp.example"), dns, ...fromEsp);
    expect(status).toBe(0);
    expect(line).toMatchObject({ dkim: [{ result: "pass" }], spf: { result: "pass" }, dmarc: { result: "fail" } });
    expect(text).toContain("DKIM passes, but for esp.example, not for your From domain customer.example.");
    expect(text).toContain("SPF passes, but for esp.example, not for your From domain customer.example.");
  });

  test("DMARC-E-15 SPF alone passes, and the domain at p=reject is warned", async () => {
    const dns = { "customer.example": spf, "_dmarc.customer.example": reject };
    const { text, line, status } = await verify(plain(), dns, ...fromCustomer);
    expect(status).toBe(1);
    expect(line).toMatchObject({ dkim: [], spf: { result: "pass", scope: "mfrom" }, dmarc: { result: "pass" } });
    expect(text).toContain("SPF passes for customer.example, which is your From domain.");
    expect(text).toContain("rests on SPF alone");
  });

  test("DMARC-E-04 HELO alone does not count, for a bounce it does", async () => {
    const dns = { "customer.example": spf, "_dmarc.customer.example": reject };
    const words = ["--ip", "192.0.2.25", "--helo", "customer.example"];
    const alone = await verify(plain(), dns, ...words);
    expect(alone.line).toMatchObject({ spf: { result: "pass", scope: "helo" }, dmarc: { result: "fail" } });
    expect(alone.text).toContain("Only the HELO name was checked");
    const bounce = await verify(plain(), dns, ...words, "--mail-from", "<>");
    expect(bounce.line).toMatchObject({ spf: { result: "pass", scope: "mfrom" }, dmarc: { result: "pass" } });
  });

  test("DMARC-E-14 p=reject alone is no reason to reject", async () => {
    const dns = { "s1._domainkey.customer.example": { TXT: ["v=DKIM1; p="] }, "_dmarc.customer.example": reject };
    const { text, line, status } = await verify(await signedBy("customer.example"), dns);
    expect(status).toBe(1);
    expect(line).toMatchObject({
      dkim: [{ result: "permerror" }],
      dmarc: {
        result: "fail",
        disposition: "quarantine",
        overrides: ["local_policy"],
        policy: { domain: "customer.example", tag: "p", published: "reject", applied: "reject" },
      },
    });
    expect(text).toContain("Nothing that passes speaks for the From domain: DMARC fails.");
  });

  test("DMARC-T-12 what the DNS does not say is a temperror", async () => {
    const dns = {
      "s1._domainkey.customer.example": { error: "TIMEOUT" },
      "_dmarc.customer.example": { error: "SERVFAIL" },
      "customer.example": { error: "SERVFAIL" },
    };
    const { text, line, status } = await verify(await signedBy("customer.example"), dns, ...fromCustomer);
    expect(status).toBe(3);
    expect(line).toMatchObject({
      dkim: [{ result: "temperror" }],
      spf: { result: "temperror" },
      dmarc: { result: "temperror" },
    });
    expect(text).toContain("Another try may find one.");
  });

  test("DMARC-E-01 two From fields: permerror, whatever is signed", async () => {
    const dns = { "s1._domainkey.customer.example": key, "_dmarc.customer.example": reject };
    const signed = await signedBy("customer.example");
    const { text, line } = await verify(`From: b@other.example\r\n${signed}`, dns);
    expect(line).toMatchObject({ fromFields: 2, authorDomain: null, dmarc: { result: "permerror", policy: null } });
    expect(text).toContain("DMARC: permerror (2 From fields)");
    expect(text).toContain("The message has several From fields.");
    expect(line.authenticationResults).toContain("dmarc=permerror");
  });

  test("DMARC-E-09 without any record: none", async () => {
    const { text, line, status } = await verify(plain(), {});
    expect(status).toBe(1);
    expect(line).toMatchObject({ dmarc: { result: "none", disposition: "none", policy: null } });
    expect(text).toContain("none (no DKIM-Signature)");
    expect(text).toContain("There is no DMARC record that applies");
  });

  test("DMARC-T-14 the answer of RFC 7489 stands beside it where it differs", async () => {
    const dns = {
      "_dmarc.example.com": { TXT: ["v=DMARC1; p=none; rua=mailto:r@example.com"] },
      "_dmarc.mail.example.com": { TXT: ["v=DMARC1; p=reject; psd=n; rua=mailto:r@example.com"] },
      "s1._domainkey.news.example.com": key,
    };
    const message = await signedBy("news.example.com", plain("From: a@mail.example.com\r\n"));
    const { text, line } = await verify(message, dns);
    expect(line.dmarc).toMatchObject({ result: "fail", rfc7489: { result: "pass" } });
    expect(text).toContain("Receivers that still go by RFC 7489 see it otherwise:");
    expect(text).toContain("By RFC 9989 the result is fail, by RFC 7489 pass.");
  });
});

test("ARC-02 a chain that passes does not make DMARC pass", async () => {
  const fields = await mailauth.sealMessage(Buffer.from(plain()), {
    signingDomain: "list.example",
    selector: "s1",
    privateKey: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    authResults: "list.example; dmarc=pass header.from=customer.example",
    cv: "none",
  });
  const dns = { "s1._domainkey.list.example": key, "_dmarc.customer.example": reject };
  const { text, line } = await verify(fields.toString() + plain(), dns);
  expect(line).toMatchObject({
    arc: { result: "pass", instances: 1, sealers: ["list.example"], oldestPass: 0 },
    dmarc: { result: "fail", disposition: "quarantine" },
  });
  expect(text).toContain("ARC: pass, 1 set, sealed by list.example; unchanged since set 1");
});

describe("--trust-received", () => {
  const dns = { "customer.example": spf, "_dmarc.customer.example": reject };
  const stored = [
    "Return-Path: <a@customer.example>\r\n",
    "Received: from mail.customer.example (unknown [192.0.2.25])\r\n\tby mx.example.org with ESMTP; Sun, 22 Nov 2026 04:00:00 +0000\r\n",
  ].join("");

  test("takes client, HELO and MAIL FROM from the message, and only then", async () => {
    const trusted = await verify(stored + plain(), dns, "--trust-received");
    expect(trusted.line).toMatchObject({ spf: { result: "pass", ip: "192.0.2.25" }, dmarc: { result: "pass" } });
    expect(trusted.line.authenticationResults).toContain("smtp.remote-ip=192.0.2.25");
    expect((await verify(stored + plain(), dns)).line.spf).toBeNull();
  });

  test("what is given stands", async () => {
    const words = ["--trust-received", "--ip", "198.51.100.1", "--mail-from", "b@customer.example"];
    expect((await verify(stored + plain(), dns, ...words)).line.spf).toMatchObject({ result: "fail" });
  });

  test("says so where the message does not tell", async () => {
    const file = write("message.eml", plain());
    const { errors, out } = await run("verify", "--json", "--trust-received", "--dns", write("dns.json", "{}"), file);
    expect(errors).toContain("does not say the client's address");
    expect(JSON.parse(out)).toMatchObject({ spf: null });
  });
});

describe("the Authentication-Results field", () => {
  test("AR-11 DMARC-E-10 DMARC-E-13 says it all, ready to be pasted", async () => {
    const dns = { "s1._domainkey.esp.example": key, "esp.example": spf, "_dmarc.customer.example": reject };
    const { text, line } = await verify(await signedBy("esp.example"), dns, ...fromEsp);
    const field = parse(line.authenticationResults)!;
    expect(field.authservId).toBe("mx.example.org");
    expect(field.results.map(({ method, result }) => `${method}=${result}`)).toEqual([
      "dkim=pass",
      "spf=pass",
      "arc=none",
      "dmarc=fail",
    ]);
    expect(field.results[1]!.properties).toEqual([{ ptype: "smtp", property: "mailfrom", value: "esp.example" }]);
    expect(text.replaceAll("\n", "\r\n")).toContain(line.authenticationResults);
  });

  test("AR-23 nothing that stands in a message or an envelope adds to it", async () => {
    const hostile = 'x"\r\nX-Injected: y\r\n (;dkim=pass header.d=customer.example;';
    const dns = { "esp.example": { TXT: ["v=spf1 exists:%{l}.esp.example -all"] } };
    const signature = 'DKIM-Signature: v=1; a=rsa-sha256; d=a"(;\x7fb.example; s=s\\; h=from; bh=AAAA; b=AAAA\r\n';
    const words = ["--ip", "192.0.2.25", "--mail-from", `${hostile}@esp.example`];
    const { line } = await verify(signature + plain(), dns, ...words);
    const field = parse(line.authenticationResults)!;
    expect(field.results.map(({ method }) => method)).toEqual(["dkim", "spf", "arc", "dmarc"]);
    expect(line.authenticationResults).not.toMatch(/\r\n[^ ](?!$)|[^\r]\n|\r[^\n]/);
  });
});

test("docs/verify.md shows what verify prints", async () => {
  // The key of RFC 8463 Appendix A, so that the page can say every octet.
  const jwk = {
    kty: "OKP",
    crv: "Ed25519",
    d: "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
    x: "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
  };
  const message = plain("From: news@customer.example\r\nTo: reader@receiver.example\r\n");
  const fields = await sign(Buffer.from(message), {
    keys: [{ signingDomain: "esp.example", selector: "s1", privateKey: createPrivateKey({ format: "jwk", key: jwk }) }],
    now: 1_795_305_600,
  });
  const dns = {
    "s1._domainkey.esp.example": { TXT: ["v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="] },
    "esp.example": spf,
    "_dmarc.customer.example": reject,
  };
  const words = ["--ip", "192.0.2.25", "--mail-from", "bounces@esp.example", "--now", "1795309200"];
  const { text, line } = await verify(Buffer.from(fields).toString() + message, dns, ...words);
  const page = readFileSync("docs/verify.md", "utf8");
  expect(page).toContain(text.replaceAll(`${folder}/`, ""));
  const documented = [...page.matchAll(/^\| `([A-Za-z0-9]+)` \|/gm)].map(([, name]) => name);
  expect(documented).toEqual(expect.arrayContaining(Object.keys(line)));
  for (const part of [line.dmarc, line.spf!, line.arc])
    expect(documented).toEqual(expect.arrayContaining(Object.keys(part)));
});

describe("refuses", () => {
  test.each<[title: string, words: string[], says: string]>([
    ["--helo without --ip", ["--helo", "mail.example"], "give --ip"],
    ["--ip alone", ["--ip", "192.0.2.25"], "needs --mail-from"],
    ["what is no address", ["--ip", "mail.example", "--helo", "x.example"], "is not an address"],
    ["an authserv-id that is no name", ["--authserv-id", "two words"], "--authserv-id"],
  ])("%s", async (_title, words, says) => {
    const dns = write("dns.json", "{}");
    const { errors, status, out } = await run("verify", "--dns", dns, ...words, write("message.eml", plain()));
    expect({ status, out }).toEqual({ status: 2, out: "" });
    expect(errors).toContain(says);
  });
});
