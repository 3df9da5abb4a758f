import { describe, expect, test } from "vitest";
import { check, known, only, outcome, signed } from "../../../vectors/dkim/checking.ts";
import {
  body,
  ed25519Record,
  forge,
  header,
  now,
  octets,
  rsaPrivateKey,
  signatureTemplate,
} from "../../../vectors/dkim/example.ts";
import type { ResolveTxt } from "../key/key-lookup.ts";
import { startVerification, verify } from "./verify.ts";

describe("several signatures", () => {
  const good = forge(signatureTemplate());
  const goodRsa = forge(signatureTemplate({ a: "rsa-sha256", s: "r" }), { privateKey: rsaPrivateKey });
  const bad = good.replace(/b=[^;]{4}(?=[^;]*\r\n$)/, "b=AAAA");
  const unknown = good.replace("ed25519-sha256", "new-sha256");

  test("DKIM-R-01 DKIM-V-10 each is judged alone, in any order", async () => {
    const words = [
      [good, "pass"],
      [bad, "fail"],
      [unknown, "neutral"],
      [goodRsa, "pass"],
    ] as const;
    for (const order of [
      [0, 1, 2, 3],
      [3, 2, 1, 0],
      [1, 3, 0, 2],
    ]) {
      const chosen = order.map((at) => words[at]!);
      const text = `${chosen.map(([field]) => field).join("")}${header}\r\n${body}`;
      expect((await check(text)).map(({ result }) => result)).toEqual(chosen.map(([, word]) => word));
    }
  });
  test("DKIM-R-01 one look-up for each key name", async () => {
    const asked: string[] = [];
    const resolveTxt: ResolveTxt = (name) => (asked.push(name), known(name));
    await check(`${good}${goodRsa}${bad}${good}${header}\r\n${body}`, { resolveTxt });
    expect(asked.sort()).toEqual(["e._domainkey.example.com", "r._domainkey.example.com"]);
  });
  test("DKIM-R-03 past the limit a signature keeps its place, and aligned ones come first", async () => {
    const foreign = (at: number): string => forge(signatureTemplate({ d: "example.net", s: `s${at}` }));
    const asked: string[] = [];
    const resolveTxt: ResolveTxt = (name) => (asked.push(name), Promise.resolve([[ed25519Record]]));
    const fields = Array.from({ length: 1000 }, (_, at) => (at === 500 ? good : foreign(at)));
    const verifications = await check(`${fields.join("")}${header}\r\n${body}`, { resolveTxt });
    const evaluated = verifications.flatMap(({ reason }, at) => (reason === "not-evaluated" ? [] : [at]));
    expect(evaluated).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 500]);
    expect(evaluated.map((at) => verifications[at]!.result)).toEqual(Array.from({ length: 10 }, () => "pass"));
    expect(verifications[9]).toMatchObject({ result: "policy", reason: "not-evaluated", signingDomain: "example.net" });
    expect(verifications.length).toBe(1000);
    expect(asked.length).toBe(10);
    expect(asked).toContain("e._domainkey.example.com");
  });
  test("DKIM-R-03 nearer domains first: the same, above, below, others", async () => {
    const domains = ["example.net", "a.mail.example.com", "example.com", "mail.example.com"];
    const fields = domains.map((d) => forge(signatureTemplate({ d }))).join("");
    const text = `${fields}${header.replace("joe@", "joe@mail.")}\r\n${body}`;
    const reasons = async (signaturesMax: number): Promise<boolean[]> =>
      (await check(text, { signaturesMax })).map(({ reason }) => reason !== "not-evaluated");
    expect(await reasons(1)).toEqual([false, false, false, true]);
    expect(await reasons(2)).toEqual([false, false, true, true]);
    expect(await reasons(3)).toEqual([false, true, true, true]);
    expect(await reasons(0)).toEqual([false, false, false, false]);
  });
  test("signatures that need no key do not count", async () => {
    const verifications = await check(`${unknown.repeat(50)}${good}${header}\r\n${body}`);
    expect(verifications.at(-1)!.result).toBe("pass");
  });
  test("DKIM-R-16 the start of b= tells signatures apart", async () => {
    const sig = (b: string): string => signatureTemplate({ bh: Buffer.alloc(32).toString("base64"), b });
    const text = [
      sig("AAAAAAAAAAAAAAAA"),
      sig("AAAAAAAAAAAABBBB"),
      sig("CCCCCCCCCCCC"),
      sig("CCCCCCCCCCCC"),
      "DKIM-Signature:\r\n",
    ];
    const starts = (await check(`${text.join("")}${header}\r\n${body}`)).map(({ signatureStart }) => signatureStart);
    expect(starts).toEqual(["AAAAAAAAAAAAA", "AAAAAAAAAAAAB", "CCCCCCCC", "CCCCCCCC", ""]);
  });
  test("DKIM-V-68 one pass over the body serves them all", async () => {
    const variants = ["simple/simple", "relaxed/relaxed", "simple/relaxed", "relaxed/simple"].flatMap((c) => [
      forge(signatureTemplate({ c })),
      forge(signatureTemplate({ c, l: "7" })),
    ]);
    const verifications = await check(`${variants.join("")}${header}\r\n${body}`);
    expect(verifications.map(({ result }) => result)).toEqual(variants.map(() => "pass"));
  });
  test("DKIM-V-68 a body hash is shared by signatures of one canonicalization and one l=, and by no others", async () => {
    const right = (l: string | undefined): string => forge(signatureTemplate({ l }));
    const wrong = (l: string | undefined): string =>
      forge(signatureTemplate({ l, bh: Buffer.alloc(32, 1).toString("base64") }));
    // Each order of right and wrong, with and without l=, so that no result can come from another signature's hash.
    const lengths = [undefined, "0", "7", "54", "7", undefined];
    const fields = lengths.flatMap((l, at) => (at % 2 === 0 ? [right(l), wrong(l)] : [wrong(l), right(l)]));
    const verifications = await check(`${fields.join("")}${header}\r\n${body}`, { signaturesMax: 12 });
    expect(verifications.map(({ result }) => result)).toEqual(
      lengths.flatMap((_, at) => (at % 2 === 0 ? ["pass", "fail"] : ["fail", "pass"])),
    );
    expect(verifications.map(({ uncoveredOctets }) => uncoveredOctets)).toEqual(
      lengths.flatMap((l) => [54 - Number(l ?? 54), 54 - Number(l ?? 54)]),
    );
  });
});

describe("a verification says", () => {
  test("DKIM-R-09 nothing about a message without a signature", async () => {
    expect(await check(`${header}\r\n${body}`)).toEqual([]);
    expect(await check("")).toEqual([]);
  });
  test("DKIM-R-08 DKIM-R-10 everything that was signed with", async () => {
    const text = signed({ t: `${now - 60}`, x: `${now + 60}`, i: "joe@mail.example.com", l: "54" });
    expect(await only(text)).toEqual({
      result: "pass",
      reason: undefined,
      detail: undefined,
      signingDomain: "example.com",
      selector: "e",
      identity: "joe@mail.example.com",
      algorithm: "ed25519-sha256",
      canonicalization: "relaxed/relaxed",
      signedFields: ["from", "to", "subject"],
      timestamp: now - 60,
      expiration: now + 60,
      bodyLength: 54,
      keyBits: 256,
      testing: false,
      uncoveredOctets: 0,
      uncoveredFields: ["date", "message-id"],
      signatureStart: expect.stringMatching(/^[A-Za-z0-9+/]{8}$/),
      remarks: [],
    });
  });
  test("DKIM-R-11 fail for a changed body or header", async () => {
    expect(await outcome(signed().replace("Hi.", "Ho."))).toBe("fail body-hash-mismatch");
    expect(await outcome(signed().replace("dinner", "supper"))).toBe("fail signature-mismatch");
  });
  test("DKIM-R-18 which fields of importance are not signed", async () => {
    const text = signed({ h: "from:to:subject:date:message-id" });
    expect(await only(text)).toMatchObject({ result: "pass", uncoveredFields: [] });
    const added: [string, string][] = [
      ["Subject: other", "subject"],
      ["From: other@example.net", "from"],
      ["from : other@example.net", "from"],
      ["To: other@example.net", "to"],
      ["Content-Type: text/html", "content-type"],
      ["Reply-To: other@example.net", "reply-to"],
    ];
    for (const [field, name] of added) {
      const verification = await only(text.replace("From:", `${field}\r\nFrom:`));
      expect(verification).toMatchObject({ result: "pass", uncoveredFields: [name] });
    }
    expect((await only(signed({ h: "from" }))).uncoveredFields).toEqual(["subject", "date", "message-id", "to"]);
  });
  test("a header over the limit is not judged", async () => {
    expect(await outcome(signed().replace("From:", `X: ${"x".repeat(3_000_000)}\r\nFrom:`))).toBe(
      "neutral header-too-large",
    );
  });
  test("the clock is asked when there is no now", async () => {
    const text = signed({ x: `${Math.floor(Date.now() / 1000) + 1000}` });
    const [verification] = await verify(octets(text), { resolveTxt: known });
    expect(verification!.result).toBe("pass");
    const [expired] = await verify(octets(signed({ x: "1000000000" })), { resolveTxt: known });
    expect(expired!.reason).toBe("expired");
  });
});

test("DKIM-V-68 a message cut anywhere in two is judged as the whole", async () => {
  const trailing = "a \t\r\n b\r\n \r\n\r\n\r\n";
  const text = ["simple/simple", "relaxed/relaxed"]
    .map((c) => forge(signatureTemplate({ c, i: "joe@example.com" }), { body: trailing }))
    .concat(`${header}\r\n${trailing}`)
    .join("");
  const whole = await check(text);
  expect(whole.map(({ result }) => result)).toEqual(["pass", "pass"]);
  const message = octets(text);
  for (let at = 0; at <= message.length; at++) {
    const parts = async function* parts(): AsyncGenerator<Uint8Array> {
      yield message.subarray(0, at);
      yield message.subarray(at);
    };
    expect(await verify(parts(), { resolveTxt: known, now })).toEqual(whole);
  }
});

test("DKIM-V-68 a message in chunks is judged as the whole, and keys are asked for before the body comes", async () => {
  const text = signed({ c: "relaxed/relaxed" });
  const chunked = async function* chunked(size: number): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < text.length; at += size) yield octets(text.slice(at, at + size));
  };
  const whole = await check(text);
  for (const size of [1, 2, 3, 7, 64, 1000]) {
    expect(await verify(chunked(size), { resolveTxt: known, now })).toEqual(whole);
  }
  const asked: string[] = [];
  const resolveTxt: ResolveTxt = (name) => (asked.push(name), known(name));
  const cut = text.indexOf("\r\n\r\n") + 2;
  const verifier = startVerification(octets(text.slice(0, cut)), { resolveTxt, now });
  expect(asked).toEqual(["e._domainkey.example.com"]);
  verifier.update(octets(text.slice(cut + 2)));
  expect(await verifier.finish()).toEqual(whole);
});

test("an error of the message's source is the caller's to see", async () => {
  // eslint-disable-next-line require-yield -- the error comes before anything else
  const broken = (async function* broken(): AsyncGenerator<Uint8Array> {
    throw new Error("connection lost");
  })();
  await expect(verify(broken, { resolveTxt: known })).rejects.toThrow("connection lost");
});

describe("what a caller without types can get wrong", () => {
  const message = octets(`${forge(signatureTemplate())}${header}\r\n${body}`);
  const options = { resolveTxt: known, now };
  const wrong: [title: string, message: unknown, options: unknown, says: string][] = [
    ["no options", message, undefined, "resolveTxt is no function"],
    ["no resolver", message, { now }, "resolveTxt is no function"],
    ["a time that is no number", message, { ...options, now: new Date(0) }, "now is no number"],
    ["a time that is NaN", message, { ...options, now: Number.NaN }, "now is no number"],
    ["a limit that is no number", message, { ...options, signaturesMax: "ten" }, "signaturesMax is no number"],
    ["a word that is none", message, { ...options, uncoveredBody: "reject" }, "uncoveredBody is none of"],
    ["a message as a string", "From: a@example.com", options, "a message is a Uint8Array"],
    ["a message that is nothing", undefined, options, "a message is a Uint8Array"],
    ["chunks that are strings", ["From: a@example.com"], options, "a message comes as Uint8Array"],
  ];
  test.each(wrong)("%s is a clear TypeError", async (_title, given, chosen, says) => {
    const checked = verify(given as Uint8Array, chosen as Parameters<typeof verify>[1]);
    await expect(checked).rejects.toThrow(TypeError);
    await expect(checked).rejects.toThrow(says);
  });

  const answers: [title: string, answer: unknown][] = [
    ["nothing", undefined],
    ["a string", "v=DKIM1; p="],
    ["a flat list", ["v=DKIM1; p="]],
    ["lists of their own kind", { map: () => 7 }],
    ["records that only look like lists", [{ join: () => 5 }]],
    ["a string that cannot be one", [[Object.create(null)]]],
  ];
  test.each(answers)("a resolver that gives %s is a fault of the DNS", async (_title, answer) => {
    const results = await verify(message, { resolveTxt: () => Promise.resolve(answer as string[][]), now });
    expect(results[0]).toMatchObject({ result: "temperror", reason: "dns-failure" });
  });
  test("so is one that throws at once, and an error whose code is no text", async () => {
    const throwing = (): never => {
      throw Object.assign(new Error("no"), { code: Object.create(null) as unknown });
    };
    expect((await verify(message, { resolveTxt: throwing, now }))[0]?.reason).toBe("dns-failure");
  });
});
