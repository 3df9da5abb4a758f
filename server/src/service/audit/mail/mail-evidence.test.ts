import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { sign, type SignOptions } from "chancery/dkim";
import { afterAll, expect, test } from "vitest";
import { parseFixture } from "../../../engine/resolver/fixture.ts";
import { gatherMail } from "./mail-evidence.ts";

const folder = mkdtempSync(path.join(tmpdir(), "chancery-mail-evidence-"));
afterAll(() => rmSync(folder, { recursive: true }));

const { publicKey, privateKey } = generateKeyPairSync("ed25519");
const keyRecord = {
  TXT: [`v=DKIM1; k=ed25519; p=${Buffer.from(publicKey.export({ format: "jwk" }).x!, "base64url").toString("base64")}`],
};
const domain = "customer.example";
const zone = {
  "s1._domainkey.customer.example": keyRecord,
  "k1._domainkey.esp.example": keyRecord,
  "_dmarc.customer.example": { TXT: ["v=DMARC1; p=reject"] },
  "esp.example": { TXT: ["v=spf1 ip4:203.0.113.9 -all"] },
};
const receivedAt = Date.UTC(2026, 10, 22, 5) / 1000;
const now = receivedAt + 30 * 86_400;

const received =
  "Received: from out.esp.example (out.esp.example [203.0.113.9])\r\n by mx.example.org; Sun, 22 Nov 2026 05:00:00 +0000\r\n";
const plain = (from = `a@${domain}`): string =>
  `From: ${from}\r\nTo: you@example.org\r\nSubject: hello\r\n\r\nhello\r\n`;

type Key = { signingDomain: string; selector: string };
const ours: Key = { signingDomain: domain, selector: "s1" };
const theirs: Key = { signingDomain: "esp.example", selector: "k1" };

async function signed(
  keys: Key[],
  {
    top = received,
    text = plain(),
    ...options
  }: { top?: string; text?: string } & Omit<Partial<SignOptions>, "keys"> = {},
) {
  const fields = await sign(Buffer.from(text), {
    now: receivedAt - 60,
    ...options,
    keys: keys.map((key) => ({ ...key, privateKey })),
  });
  return `${top}${Buffer.from(fields).toString()}${text}`;
}

let files = 0;
async function gather(messages: string | string[], dns: Record<string, unknown> = zone) {
  const paths = [messages].flat().map((text) => {
    const file = path.join(folder, `${++files}.eml`);
    writeFileSync(file, text);
    return file;
  });
  const lookup = parseFixture(JSON.stringify(dns));
  if (!lookup.ok) throw new Error(lookup.problem);
  return gatherMail({ files: paths, domain, lookup: lookup.value, now });
}

test("each signature is told with its tags, whether it passes and whether it counts", async () => {
  const { messages, selectors, organizationalDomain } = await gather(
    await signed([theirs, ours], { lifetimeSeconds: 600 }),
  );
  expect(organizationalDomain).toBe(domain);
  expect(messages).toMatchObject([
    {
      authorDomain: domain,
      at: receivedAt,
      spf: undefined,
      signatures: [
        { signingDomain: "esp.example", selector: "k1", aligned: "no", standing: "pass" },
        {
          signingDomain: domain,
          selector: "s1",
          identity: `@${domain}`,
          algorithm: "ed25519-sha256",
          alignment: "strict",
          aligned: "yes",
          standing: "pass",
          timestamp: receivedAt - 60,
          expiration: receivedAt + 540,
        },
      ],
    },
  ]);
  expect(messages[0]!.signatures[1]!.signedFields).toContain("subject");
  const seen = { firstSeen: receivedAt, lastSeen: receivedAt, messages: 1, passed: 1, authenticated: 1 };
  expect(selectors).toEqual([
    { signingDomain: "esp.example", selector: "k1", ...seen },
    { ...ours, ...seen },
  ]);
});

test("a signature is judged as of when the message came, not as of now", async () => {
  const { messages } = await gather(await signed([ours], { lifetimeSeconds: 30 }));
  expect(messages[0]!.signatures[0]).toMatchObject({ standing: "pass" });
  const late = await signed([ours], { now: receivedAt - 2000, lifetimeSeconds: 30 });
  expect((await gather(late)).messages[0]!.signatures[0]).toMatchObject({
    standing: "fail",
    now: { reason: "expired" },
  });
});

test("what the receiver saw pass has passed, though its key is gone since; without its word it fails", async () => {
  const gone = { "_dmarc.customer.example": zone["_dmarc.customer.example"] };
  const top = `Authentication-Results: mx.example.org; dkim=pass header.d=${domain} header.s=s1\r\n${received}`;
  expect((await gather(await signed([ours], { top }), gone)).messages[0]!).toMatchObject({
    receiver: "mx.example.org",
    signatures: [{ standing: "pass", now: { result: "permerror", reason: "key-not-found" }, told: "pass" }],
  });
  expect((await gather(await signed([ours]), gone)).messages[0]!.signatures[0]).toMatchObject({
    standing: "fail",
    told: undefined,
  });
  const silent = { ...zone, "s1._domainkey.customer.example": { error: "SERVFAIL" } };
  expect((await gather(await signed([ours]), silent)).messages[0]!.signatures[0]).toMatchObject({
    standing: "unknown",
  });
});

test("SPF is the receiver's word, else what DNS says now of the client that it names", async () => {
  const path_ = `Return-Path: <bounce@esp.example>\r\n${received}`;
  expect((await gather(await signed([ours], { top: path_ }))).messages[0]!.spf).toEqual({
    result: "pass",
    domain: "esp.example",
    aligned: "no",
    source: "now",
  });
  const told = `Authentication-Results: mx.example.org; spf=softfail smtp.mailfrom=b@${domain}\r\n${path_}`;
  expect((await gather(await signed([ours], { top: told }))).messages[0]!.spf).toEqual({
    result: "softfail",
    domain,
    aligned: "yes",
    source: "told",
  });
});

test("mail From other domains is counted and not looked at, that From below the domain is", async () => {
  const texts = await Promise.all(
    [`a@news.${domain}`, "a@example.net", `a@not${domain}`, `a@${domain}, b@example.net`, "nobody"].map((from) =>
      signed([ours], { text: plain(from) }).catch(() => `${received}${plain(from)}`),
    ),
  );
  const { messages, otherMessages } = await gather(texts);
  expect(messages.map(({ authorDomain }) => authorDomain)).toEqual([`news.${domain}`]);
  expect(otherMessages).toBe(4);
});

test("several addresses of one domain have one author domain", async () => {
  const { messages } = await gather(`${received}${plain(`a@${domain}, b@${domain}`)}`);
  expect(messages).toMatchObject([{ authorDomain: domain, signatures: [] }]);
});

test("what cannot be read is told, and the rest is read", async () => {
  const { messages, unread } = await gather([`A: b\r\n\nx\n`, await signed([ours])]);
  expect(messages).toHaveLength(1);
  expect(unread).toMatchObject([{ problem: expect.stringContaining("CRLF") }]);
});

test("a message counts once for a selector, however many signatures name it", async () => {
  const { selectors } = await gather(await signed([ours, ours]));
  expect(selectors).toMatchObject([{ ...ours, messages: 1, passed: 1 }]);
});
