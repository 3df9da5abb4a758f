import { verify, type Verification } from "chancery/dkim";
import { octetsOf, octetText, splitHeader } from "chancery/mail";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { freshDatabase } from "../../engine/database/fresh.fixture.ts";
import type { KeyFactKind } from "../../model/key/key-fact.ts";
import { startSigningFor } from "./sign-message.ts";
import { signStored, type StoredOutcome } from "./sign-stored.ts";
import { type KeySpec, type SigningStage, signingStage } from "./signing.fixture.ts";

let stage: SigningStage;
beforeEach(async () => {
  stage = await signingStage(await freshDatabase());
});
afterEach(() => stage.close());

const now = 1_770_000_000;
const options = { now, lifetimeSeconds: 604_800 };
const fieldsOf = (text: string): Parameters<typeof startSigningFor>[2] => {
  const header = splitHeader(octetsOf(text));
  if (!header.ok) throw new Error(header.problem);
  return header.value;
};
const outcomeFor = async (tenantId: string, header: string): Promise<string> => {
  const start = await startSigningFor(stage.ring, tenantId, fieldsOf(header), options);
  return start.outcome === "sign" ? `sign ${start.domain}` : start.outcome;
};
const stored = (tenantId: string, text: string, at = now): Promise<StoredOutcome> => {
  const octets = octetsOf(text);
  const end = text.indexOf("\r\n\r\n") + 4;
  const message = {
    id: "m1",
    receivedAt: now - 10,
    header: octets.subarray(0, end),
    read: async function* read(): AsyncGenerator<Uint8Array> {
      for (let at = 0; at < octets.length; at += 7) yield octets.subarray(at, at + 7);
    },
  };
  return signStored(stage.ring, tenantId, message, { ...options, now: at });
};
const signedText = async (tenantId: string, text: string, at = now): Promise<string> => {
  const outcome = await stored(tenantId, text, at);
  if (outcome.outcome !== "signed") throw new Error(`${outcome.outcome}: ${outcome.detail}`);
  return octetText(outcome.fields) + text;
};
const verified = (text: string, at = now): Promise<Verification[]> =>
  verify(octetsOf(text), { resolveTxt: stage.resolveTxt, now: at });

const active = [{ last: "activated" }] as const;
const complete = "Date: Sun, 22 Nov 2026 00:00:00 +0000\r\nMessage-ID: <1@a.example>\r\n";

describe("the stream that mail is signed under", () => {
  const selectorsOf = async (tenantId: string, stream?: string): Promise<string[]> => {
    const of = stream === undefined ? options : { ...options, stream };
    const start = await startSigningFor(stage.ring, tenantId, fieldsOf("From: x@a.example\r\n"), of);
    if (start.outcome !== "sign") return [start.outcome];
    return [...octetText(await start.signer.finish()).matchAll(/ s=([a-z0-9-]+);/g)].map(([, selector]) => selector!);
  };
  const signs = (selector: string, stream = "", more: Partial<KeySpec> = {}): KeySpec => ({
    selector,
    stream,
    last: "activated",
    ...more,
  });

  test("I-5 is one: with its own active keys, and with no other stream's", async () => {
    const tenant = await stage.addTenant({
      "a.example": [
        signs("esp1"),
        signs("esp4", "", { role: "second" }),
        signs("esp-news1", "news"),
        signs("esp-news2", "news", { last: "ready" }),
        signs("esp-offers1", "offers"),
      ],
    });
    expect(await selectorsOf(tenant, "news")).toEqual(["esp-news1"]);
    expect(await selectorsOf(tenant, "offers")).toEqual(["esp-offers1"]);
    expect(await selectorsOf(tenant)).toEqual(["esp1", "esp4"]);
  });

  test("is the default stream where the domain has no such stream, or it has no active key yet", async () => {
    const tenant = await stage.addTenant({
      "a.example": [
        signs("esp1"),
        signs("esp-news1", "news", { last: "ready" }),
        signs("esp-news4", "news", { role: "second" }),
      ],
    });
    expect(await selectorsOf(tenant, "news")).toEqual(["esp1"]);
    expect(await selectorsOf(tenant, "none")).toEqual(["esp1"]);
  });

  test("is never another than the default stream for mail that names none", async () => {
    const tenant = await stage.addTenant({ "a.example": [signs("esp-news1", "news")] });
    expect(await selectorsOf(tenant)).toEqual(["defer"]);
  });
});

describe("whose mail is signed", () => {
  test("§3.5 mail of a domain whose key was revoked waits, and its sender reads why", async () => {
    const tenant = await stage.addTenant({ "a.example": [{ last: ["activated", "revoking"] }] });
    const start = await startSigningFor(stage.ring, tenant, fieldsOf("From: b@a.example\r\n\r\n"), options);
    const detail = expect.stringMatching(/^signing key rotation in progress: .*; s1 was revoked$/) as string;
    expect(start).toEqual({ outcome: "defer", detail });
  });

  test("R-9 a claim that the operator vouches for is signed as the name held for it, for its tenant alone, until somebody verifies the domain", async () => {
    const [tenant, other] = [await stage.addTenant({}), await stage.addTenant({})];
    await stage.addVouched(tenant, "quiet.example", "abc.held.example", active);
    const [result] = await verified(await signedText(tenant, `From: x@quiet.example\r\n${complete}\r\nGood day.\r\n`));
    expect(result).toMatchObject({ result: "pass", signingDomain: "abc.held.example" });
    expect(await outcomeFor(tenant, "From: x@news.quiet.example\r\n")).toBe("sign quiet.example");
    expect(await outcomeFor(other, "From: x@quiet.example\r\n")).toBe("not-ours");
    await stage.addTenant({ "quiet.example": active });
    expect(await outcomeFor(tenant, "From: x@quiet.example\r\n")).toBe("refuse");
  });

  test("DKIM-S-22 mail of a domain that nobody here has verified is not signed, whatever From says", async () => {
    const tenant = await stage.addTenant({ "a.example": active });
    expect(await outcomeFor(tenant, "From: x@a.example\r\n")).toBe("sign a.example");
    expect(await outcomeFor(tenant, "From: x@other.example\r\n")).toBe("not-ours");
    expect(await outcomeFor(tenant, "From: x@other.example\r\nSender: x@a.example\r\n")).toBe("not-ours");
  });

  test("DKIM-S-23 a tenant never signs as another tenant's domain, alone or beside its own", async () => {
    const tenantA = await stage.addTenant({ "a.example": active });
    const tenantB = await stage.addTenant({ "b.example": active });
    const headers = [
      "From: x@b.example\r\n",
      "From: x@a.example, y@b.example\r\n",
      "From: y@b.example, x@a.example\r\n",
      "From: x@a.example\r\nFrom: y@b.example\r\n",
      "From : x@a.example\r\nFrom: y@b.example\r\n",
      "From: all: x@a.example, y@b.example;\r\n",
      "From: x@a.example <y@b.example>\r\n",
    ];
    for (const header of headers) expect(`${header} ${await outcomeFor(tenantA, header)}`).toBe(`${header} refuse`);
    expect(await outcomeFor(tenantB, "From: x@b.example\r\n")).toBe("sign b.example");
  });

  test("DKIM-S-21 d= is the closest verified domain at or above the author's, as an A-label", async () => {
    const tenant = await stage.addTenant({
      "a.example": active,
      "news.a.example": active,
      "xn--bcher-kva.example": active,
    });
    expect(await outcomeFor(tenant, "From: x@shop.a.example\r\n")).toBe("sign a.example");
    expect(await outcomeFor(tenant, "From: x@deep.news.a.example\r\n")).toBe("sign news.a.example");
    const text = `From: x@b\xc3\xbccher.example\r\n${complete}\r\nHi.\r\n`;
    const [verification] = await verified(await signedText(tenant, text));
    expect(verification).toMatchObject({ result: "pass", signingDomain: "xn--bcher-kva.example" });
  });
});

describe("which keys sign", () => {
  const notYet: KeyFactKind[] = ["generated", "publishing", "confirmed", "unconfirmed", "ready"];
  const noMore: KeyFactKind[] = ["deactivated", "withdrawing", "withdrawn", "revoking", "revoked", "destroyed"];
  test.each([...notYet, ...noMore])("DKIM-S-28 a key of which the last word is %s signs nothing", async (last) => {
    const tenant = await stage.addTenant({ "a.example": [{ last }] });
    expect(await outcomeFor(tenant, "From: x@a.example\r\n")).toBe("defer");
  });

  test("DKIM-S-07 two keys sign one message, under two selectors", async () => {
    const tenant = await stage.addTenant({
      "a.example": [
        { algorithm: "rsa-sha256", selector: "s1", last: "activated" },
        { selector: "s2", role: "second", last: "activated" },
        { selector: "s3", last: "ready" },
      ],
    });
    const text = await signedText(tenant, `From: x@a.example\r\n${complete}\r\nHi.\r\n`);
    expect(
      (await verified(text)).map(({ result, selector, algorithm, keyBits }) => [result, selector, algorithm, keyBits]),
    ).toEqual([
      ["pass", "s1", "rsa-sha256", 2048],
      ["pass", "s2", "ed25519-sha256", 256],
    ]);
  });
});

describe("what is signed", () => {
  test("DKIM-S-26 a Date and a Message-ID that are missing are added below the signature, which covers them", async () => {
    const tenant = await stage.addTenant({ "a.example": active });
    const text = await signedText(tenant, "From: x@a.example\r\n\r\nHi.\r\n");
    expect(text).toMatch(/^DKIM-Signature: [^]*\r\nDate: [^\r]+\r\nMessage-ID: <m1@a\.example>\r\nFrom: /);
    expect(await verified(text)).toMatchObject([{ result: "pass", uncoveredFields: [] }]);
    for (const changed of [text.replace(/\r\nDate: .*/, ""), text.replace("<m1@", "<m2@")]) {
      expect(await verified(changed)).toMatchObject([{ result: "fail" }]);
    }
  });

  test.each(["From", "Subject", "To", "Date"])("DKIM-S-26 two %s fields are refused", async (name) => {
    const tenant = await stage.addTenant({ "a.example": active });
    const field = name === "From" ? "From: x@a.example" : `${name}: x`;
    const text = `${field}\r\n${name === "From" ? "" : "From: x@a.example\r\n"}${field}\r\n\r\nHi.\r\n`;
    expect(await stored(tenant, text)).toMatchObject({ outcome: "refuse" });
  });

  test("DKIM-S-16 the signature of another stays, below ours, and both verify", async () => {
    const tenant = await stage.addTenant({ "a.example": active, "b.example": active });
    const foreign = await signedText(tenant, `From: x@b.example\r\n${complete}\r\nHi.\r\n`);
    const field = foreign.slice(0, foreign.indexOf("From:"));
    // Relayed with another author, so that it is signed as another domain.
    const relayed = `${field}From: x@a.example\r\n${complete}\r\nHi.\r\n`;
    const text = await signedText(tenant, relayed);
    expect(text.endsWith(relayed)).toBe(true);
    const results = (await verified(text)).map(({ signingDomain, result }) => `${signingDomain} ${result}`);
    expect(results).toEqual(["a.example pass", "b.example fail"]);
    const again = await signedText(tenant, foreign);
    expect((await verified(again)).map(({ result }) => result)).toEqual(["pass", "pass"]);
  });

  test("DKIM-S-10 x= is t= and the lifetime: a retry inside it verifies, later it has expired", async () => {
    const tenant = await stage.addTenant({ "a.example": active });
    const text = await signedText(tenant, `From: x@a.example\r\n${complete}\r\nHi.\r\n`);
    expect(await verified(text)).toMatchObject([{ result: "pass", timestamp: now, expiration: now + 604_800 }]);
    expect(await verified(text, now + 604_800)).toMatchObject([{ result: "pass" }]);
    expect(await verified(text, now + 604_800 + 301)).toMatchObject([{ reason: "expired" }]);
  });

  test("S20 mail held for 30 days has an expired signature; what our relay releases is signed at that time, and verifies", async () => {
    const tenant = await stage.addTenant({ "a.example": active });
    const text = `From: x@a.example\r\n${complete}\r\nHi.\r\n`;
    const [before, released] = [await signedText(tenant, text), now + 30 * 86_400];
    const after = await signedText(tenant, before, released);
    const results = (await verified(after, released)).map(({ result, timestamp }) => [result, timestamp]);
    expect(results).toEqual([
      ["pass", released],
      ["policy", now], // expired
    ]);
  });

  test("DKIM-S-19 what transfer would change is refused, never mended", async () => {
    const tenant = await stage.addTenant({ "a.example": active });
    for (const body of ["a\nb\r\n", "a\rb\r\n", "a\0\r\n", `${"x".repeat(999)}\r\n`]) {
      expect(await stored(tenant, `From: x@a.example\r\n\r\n${body}`)).toMatchObject({ outcome: "refuse" });
    }
  });
});

describe("R-33 the gate by the proof of control", () => {
  const letter = "From: a@customer.example\r\n";
  const customer = { "customer.example": [{ last: "activated" as const }] };
  const day = 86_400;

  test("I-14 a look that is older than the limit defers mail, whatever it brought; a new one lets it go", async () => {
    const tenant = await stage.addTenant(customer);
    await stage.lookedAt("customer.example", 1);
    await stage.trustedNow(14 * day * 1000 + 1);
    expect(await outcomeFor(tenant, letter)).toBe("sign customer.example");
    await stage.trustedNow(14 * day * 1000 + 2);
    expect(await outcomeFor(tenant, letter)).toBe("defer");
    await stage.lookedAt("customer.example", 14 * day * 1000 + 2);
    expect(await outcomeFor(tenant, letter)).toBe("sign customer.example");
  });

  test("I-14 nothing is signed for a suspended claim", async () => {
    const tenant = await stage.addTenant(customer);
    await stage.suspend("customer.example");
    expect(await outcomeFor(tenant, letter)).toBe("not-ours");
  });

  test("S28 I-14 after a release the next tenant waits for keys of its own, and the one before signs no more", async () => {
    const before = await stage.addTenant(customer);
    await stage.release("customer.example");
    const next = await stage.addTenant({ "customer.example": [] });
    expect(await outcomeFor(next, letter)).toBe("defer");
    expect(await outcomeFor(before, letter)).toBe("refuse");
  });
});
