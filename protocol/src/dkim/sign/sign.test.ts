import { generateKeyPairSync } from "node:crypto";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  body,
  crlf,
  ed25519Key,
  header,
  keyRecords,
  now,
  octets,
  resolver,
  rsaKey,
  rsaPrivateKey,
  rsaRecord,
} from "../../../vectors/dkim/example.ts";
import { headerField } from "../../mail/header.ts";
import { octetText } from "../../mail/octets.ts";
import type { CannotSignCode } from "./cannot-sign.ts";
import { CannotSign } from "./cannot-sign.ts";
import { sign, startSigning, type SignOptions } from "./sign.ts";
import type { Verification } from "../verify/verification.ts";
import { verify } from "../verify/verify.ts";

const both = [rsaKey, ed25519Key];
const signText = async (text: string, options: Partial<SignOptions> = {}): Promise<string> =>
  octetText(await sign(octets(text), { keys: [ed25519Key], now, ...options }));
const checkText = (text: string): Promise<Verification[]> =>
  verify(octets(text), { resolveTxt: resolver(keyRecords), now });
const message = `${header}\r\n${body}`;
const tag = (field: string, name: string): string | undefined =>
  new RegExp(`[;:] ${name}=([^;]*?)(?:;|$)`).exec(field.replace(/\r\n/g, ""))?.[1];
/** The names of `h=`, with how often each stands there. */
const signedNames = async (head: string, options: Partial<SignOptions> = {}): Promise<Record<string, number>> => {
  const names = tag(await signText(`${head}\r\n`, options), "h")!.split(" : ");
  return Object.fromEntries(names.map((name) => [name, names.filter((other) => other === name).length]));
};

describe("the fields that are signed", () => {
  test("DKIM-S-02 DKIM-S-04 the default set, in its order, those that mislead once more than they are there", async () => {
    const names = [
      "From",
      "Reply-To",
      "Sender",
      "Subject",
      "Date",
      "Message-ID",
      "To",
      "Cc",
      "MIME-Version",
      "Content-Type",
      "Content-Transfer-Encoding",
      "Content-ID",
      "Content-Description",
      "In-Reply-To",
      "References",
      "List-Id",
      "List-Help",
      "List-Unsubscribe",
      "List-Subscribe",
      "List-Post",
      "List-Owner",
      "List-Archive",
      "List-Unsubscribe-Post",
    ];
    const once = [
      "Content-ID",
      "Content-Description",
      "In-Reply-To",
      "References",
      "List-Id",
      "List-Help",
      "List-Subscribe",
    ];
    const field = await signText(`${crlf(...names.map((name) => `${name}: x`))}\r\n`);
    expect(tag(field, "h")).toBe(
      names
        .flatMap((name) =>
          [...once, "List-Post", "List-Owner", "List-Archive"].includes(name) ? [name] : [name, name],
        )
        .join(" : ")
        .toLowerCase(),
    );
  });
  test("DKIM-S-04 a field that is not there is named once, so that none can be added", async () => {
    const text = await signText(message);
    const oversigned =
      "From To Cc Subject Date Reply-To Sender Message-ID MIME-Version Content-Type Content-Transfer-Encoding " +
      "List-Unsubscribe List-Unsubscribe-Post";
    for (const name of oversigned.split(" ")) {
      const above = await checkText(`${text}${name}: other\r\n${message}`);
      const below = await checkText(`${text}${header}${name.toUpperCase()} : other\r\n\r\n${body}`);
      expect([name, ...above, ...below].map((one) => (typeof one === "string" ? one : one.result))).toEqual([
        name,
        "fail",
        "fail",
      ]);
    }
    expect((await checkText(`${text}X-Other: other\r\n${message}`))[0]!.result).toBe("pass");
  });
  test("DKIM-S-03 trace fields, results, other signatures and Bcc are not signed", async () => {
    const never = [
      "Return-Path",
      "Received",
      "Comments",
      "Keywords",
      "Bcc",
      "Resent-Bcc",
      "Authentication-Results",
      "ARC-Seal",
      "ARC-Message-Signature",
      "ARC-Authentication-Results",
    ];
    const more = ["DKIM-Signature", "X-Spam-Status", "X-Spam-Score", "Delivered-To"];
    const names = await signedNames(header + crlf(...[...never, ...more].map((name) => `${name}: x`)));
    expect([...never, ...more].filter((name) => name.toLowerCase() in names)).toEqual([]);
  });
  test("DKIM-S-05 a name stands once for each of its fields", async () => {
    expect(
      await signedNames(header + crlf("List-Help: a", "List-Help: b", "Reply-To: c", "Reply-To: d")),
    ).toMatchObject({
      "list-help": 2,
      "reply-to": 3,
      from: 2,
    });
    const text = message.replace("To:", "Resent-To: a\r\nReceived: x\r\nResent-To: b\r\nTo:");
    const field = await signText(text, { headers: ["from", "resent-to", "resent-to"] });
    expect((await checkText(field + text))[0]!.result).toBe("pass");
    expect((await checkText(field + text.replace("Resent-To: a", "Resent-To: x")))[0]!.result).toBe("fail");
  });
  test("a list of the caller's stands as it was given", async () => {
    expect(tag(await signText(message, { headers: ["Subject", "FROM", "X-Other", "from"] }), "h")).toBe(
      "Subject : FROM : X-Other : from",
    );
  });
});

describe("the signature field", () => {
  test("DKIM-S-07 DKIM-S-15 one field for each key, in the order of the keys, each verifies alone", async () => {
    for (const canonicalization of ["simple/simple", "simple/relaxed", "relaxed/simple", "relaxed/relaxed"] as const) {
      const fields = await signText(message, { keys: both, canonicalization, lifetimeSeconds: 60 });
      const verifications = await checkText(fields + message);
      expect(verifications).toMatchObject([
        {
          result: "pass",
          algorithm: "rsa-sha256",
          selector: "r",
          canonicalization,
          timestamp: now,
          expiration: now + 60,
        },
        { result: "pass", algorithm: "ed25519-sha256", selector: "e", canonicalization },
      ]);
    }
  });
  test("DKIM-S-08 DKIM-S-09 DKIM-S-12 relaxed/relaxed, no l= and no i= when nothing is said", async () => {
    const field = await signText(message);
    expect(tag(field, "c")).toBe("relaxed/relaxed");
    expect([tag(field, "l"), tag(field, "i")]).toEqual([undefined, undefined]);
  });
  test("DKIM-S-10 t= is now, x= is later by the lifetime, both can be left out", async () => {
    const times = async (options: Partial<SignOptions>): Promise<(string | undefined)[]> => {
      const field = await signText(message, options);
      return [tag(field, "t"), tag(field, "x")];
    };
    expect(await times({ lifetimeSeconds: 604_800 })).toEqual(["1700000000", "1700604800"]);
    expect(await times({})).toEqual(["1700000000", undefined]);
    expect(await times({ now: null })).toEqual([undefined, undefined]);
    const [t] = await times({ now: undefined });
    expect(Math.abs(Number(t) - Date.now() / 1000)).toBeLessThan(5);
  });
  test("DKIM-S-12 i= at and below d=, its local part encoded", async () => {
    const field = await signText(message, { identity: "j\u00f6e=;x@Mail.example.com" });
    expect(tag(field, "i")).toBe("j=C3=B6e=3D=3Bx@mail.example.com");
    expect((await checkText(field + message))[0]!.result).toBe("pass");
  });
  test("DKIM-S-13 lines end before column 79, and a fold stands where a space does", async () => {
    const long = `${"a".repeat(60)}.`.repeat(3);
    const headers = Array.from({ length: 40 }, (_, at) => `X-Field-${"x".repeat(at)}`);
    const keys = [{ ...rsaKey, signingDomain: `${long}example.com` }];
    const field = await signText(message, { keys, headers: ["from", ...headers] });
    const lines = field.split("\r\n");
    expect(lines.pop()).toBe("");
    expect(lines.filter((line) => line.length > 78)).toEqual([` d=${long}example.com;`]);
    expect(lines.filter((line) => line.length === 78).length).toBeGreaterThan(1); // b= goes over several.
    expect(lines.slice(1).every((line) => /^ [^ \t]/.test(line) && !/[ \t]$/.test(line))).toBe(true);
  });
  test("DKIM-S-13 forty names in h= fold and verify, also where a relay folds the field anew", async () => {
    const headers = ["from", ...Array.from({ length: 40 }, (_, at) => `X-${at}`)];
    for (const canonicalization of ["simple/simple", "relaxed/relaxed"] as const) {
      const field = await signText(message, { headers, canonicalization });
      expect(field.split("\r\n").every((line) => line.length <= 78)).toBe(true);
      expect((await checkText(field + message))[0]!.result).toBe("pass");
    }
    const field = await signText(message, { headers });
    const refolded = field.replaceAll("\r\n ", " ").replaceAll(/ (?=\S)/g, "\r\n\t");
    expect((await checkText(refolded + message))[0]!.result).toBe("pass");
  });
  test("DKIM-S-13 no line is over 998 octets, whatever the names", async () => {
    const label = "a".repeat(63);
    const keys = [
      { ...rsaKey, signingDomain: `${label}.${label}.example.com`, selector: `${label}.${"b".repeat(20)}` },
    ];
    const field = await signText(message, {
      keys,
      headers: ["from", "x".repeat(990)],
      identity: `${"j".repeat(800)}@${keys[0]!.signingDomain}`,
    });
    expect(Math.max(...field.split("\r\n").map((line) => line.length))).toBeLessThanOrEqual(998);
    const resolveTxt = resolver({ [`${keys[0]!.selector}._domainkey.${keys[0]!.signingDomain}`]: rsaRecord });
    const [verification] = await verify(octets(field + message), { resolveTxt, now });
    expect(verification!.result).toBe("pass");
  });
  test("DKIM-S-14 b= is the last tag, and the field is signed as it stands", async () => {
    const field = await signText(message, { canonicalization: "simple/simple" });
    expect(field).toMatch(/; *\r\n b=[A-Za-z0-9+/=\r\n ]+\r\n$/);
    expect((await checkText(field + message))[0]!.result).toBe("pass");
    expect((await checkText(field.replace("v=1;", "v=1; ") + message))[0]!.result).toBe("fail");
  });
  test("DKIM-S-08 a relaxed signature survives folding and white space on the way", async () => {
    const text = message.replace("Subject: Is dinner", "SUBJECT:   Is\r\n\tdinner").replace("Hi.", "Hi. \t");
    expect((await checkText((await signText(message)) + text))[0]!.result).toBe("pass");
  });
  test("DKIM-V-45 a signature that is there can be covered, by several at once", async () => {
    const signed = (await signText(message)) + message;
    const field = await signText(signed, { keys: both, headers: ["from", "DKIM-Signature"] });
    expect((await checkText(field + signed)).map(({ result }) => result)).toEqual(["pass", "pass", "pass"]);
  });
  test("DKIM-S-16 signatures that are there stay, and the new one stands above them", async () => {
    const first = await signText(message);
    const second = await signText(first + message, { keys: [rsaKey] });
    const verifications = await checkText(second + first + message);
    expect(verifications.map(({ algorithm, result }) => [algorithm, result])).toEqual([
      ["rsa-sha256", "pass"],
      ["ed25519-sha256", "pass"],
    ]);
  });
  test("DKIM-S-21 d= and s= are written as A-labels", async () => {
    const keys = [{ ...ed25519Key, signingDomain: "B\u00fccher.Example", selector: "S1" }];
    const field = await signText(message, { keys });
    expect([tag(field, "d"), tag(field, "s")]).toEqual(["xn--bcher-kva.example", "s1"]);
  });
  test("a key is given as PEM as well", async () => {
    const pem = rsaPrivateKey.export({ type: "pkcs8", format: "pem" }) as string;
    const keys = [{ ...rsaKey, privateKey: pem }];
    expect(await signText(message, { keys })).toBe(await signText(message, { keys: [rsaKey] }));
    keys[0]!.selector = "other";
    expect(tag(await signText(message, { keys }), "s")).toBe("other");
  });
});

describe("what cannot be signed is refused", () => {
  const refusal = async (text: string, options: Partial<SignOptions> = {}): Promise<CannotSignCode | "signed"> => {
    try {
      await signText(text, options);
      return "signed";
    } catch (error) {
      if (error instanceof CannotSign) return error.code;
      throw error;
    }
  };
  const rsa = (modulusLength: number): Partial<SignOptions> => ({
    keys: [{ ...rsaKey, privateKey: generateKeyPairSync("rsa", { modulusLength }).privateKey }],
  });
  const ed = (changes: Partial<typeof ed25519Key>): Partial<SignOptions> => ({ keys: [{ ...ed25519Key, ...changes }] });

  const options: [title: string, options: Partial<SignOptions>, code: CannotSignCode][] = [
    ["no key", { keys: [] }, "no-key"],
    ["DKIM-S-01 headers without From", { headers: ["to", "subject"] }, "headers"],
    [
      "one of several signatures that would cover another of them",
      { keys: both, headers: ["from", "DKIM-Signature"] },
      "headers",
    ],
    ["DKIM-V-25 t= of more than 12 digits", { now: 1_000_000_000_000 }, "lifetime"],
    ["DKIM-V-25 x= of more than 12 digits", { lifetimeSeconds: 999_999_999_999 }, "lifetime"],
    ["a header name that is none", { headers: ["from", "to:"] }, "headers"],
    ["DKIM-S-13 a header name that fits in no line", { headers: ["from", "x".repeat(991)] }, "headers"],
    ["DKIM-S-13 i= that fits in no line", { identity: `${"=".repeat(330)}@example.com` }, "identity"],
    ["DKIM-S-06 an RSA key of 1000 bits", rsa(1000), "key-too-small"],
    [
      "DKIM-S-06 another kind of key",
      ed({ privateKey: generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey }),
      "key-type",
    ],
    ["a public key", ed({ privateKey: generateKeyPairSync("ed25519").publicKey }), "key-type"],
    [
      "PEM that is none",
      ed({ privateKey: "-----BEGIN PRIVATE KEY-----\nsecret\n-----END PRIVATE KEY-----" }),
      "key-type",
    ],
    ["d= of one label", ed({ signingDomain: "localhost" }), "signing-domain"],
    ["d= that would end the tag", ed({ signingDomain: "example.com; l=0" }), "signing-domain"],
    ["s= that is no name", ed({ selector: "a b" }), "selector"],
    ["s= and d= too long", ed({ selector: `${"a.".repeat(120)}a` }), "selector"],
    ["DKIM-S-12 i= outside d=", { identity: "@example.net" }, "identity"],
    ["DKIM-S-12 i= that only ends like d=", { identity: "@badexample.com" }, "identity"],
    ["DKIM-S-12 i= without @", { identity: "example.com" }, "identity"],
    ["an unknown canonicalization", { canonicalization: "relaxed/none" as "relaxed/relaxed" }, "canonicalization"],
    ["a lifetime of 0", { lifetimeSeconds: 0 }, "lifetime"],
    ["half a second", { lifetimeSeconds: 0.5 }, "lifetime"],
    ["x= without t=", { lifetimeSeconds: 60, now: null }, "lifetime"],
    ["a now that is no number of seconds", { now: Number.NaN }, "lifetime"],
  ];
  test.each(options)("%s", async (_title, given, code) => {
    expect(await refusal(message, given)).toBe(code);
  });

  const messages: [title: string, text: string, code: CannotSignCode | "signed"][] = [
    ["DKIM-S-01 no From", message.replace("From:", "Sender:"), "no-from"],
    ["nothing at all", "", "no-from"],
    ["DKIM-S-26 two From fields", `From: a@example.net\r\n${message}`, "several-fields"],
    [
      "DKIM-S-26 two From fields, one with a space before its colon",
      `From : a@example.net\r\n${message}`,
      "several-fields",
    ],
    ["DKIM-S-26 two Subject fields", `subject: x\r\n${message}`, "several-fields"],
    ["DKIM-S-26 two To fields", `To: x\r\n${message}`, "several-fields"],
    ["DKIM-S-26 two Date fields", `Date: x\r\n${message}`, "several-fields"],
    ["DKIM-S-19 LF alone in the body", `${message}a\nb\r\n`, "bare-line-end"],
    ["DKIM-S-19 CR alone in the body", `${message}a\rb\r\n`, "bare-line-end"],
    ["DKIM-S-19 CR at the end", `${message}a\r`, "bare-line-end"],
    ["DKIM-S-19 CR CR LF", `${message}a\r\r\n`, "bare-line-end"],
    ["DKIM-S-19 LF LF", `${message}\n\n`, "bare-line-end"],
    ["DKIM-S-19 NUL in the body", `${message}\0`, "nul"],
    ["DKIM-S-19 a line of 2000 octets", `${message}${"x".repeat(2000)}\r\n`, "line-too-long"],
    ["DKIM-S-19 a line of 999 octets, the last", `${message}${"x".repeat(999)}`, "line-too-long"],
    ["DKIM-S-19 lines of 998 octets are allowed", `${message}${"x".repeat(998)}\r\n${"y".repeat(998)}`, "signed"],
    ["DKIM-S-19 LF alone in the header", message.replace("Subject: ", "Subject: \n"), "bare-line-end"],
    ["DKIM-S-19 NUL in the header", message.replace("Subject: ", "Subject: \0"), "nul"],
    [
      "DKIM-S-19 a long line in the header",
      message.replace("Subject: ", `Subject: ${"x".repeat(999)}`),
      "line-too-long",
    ],
    ["a line that is no field", `mailbox\r\n${message}`, "header-malformed"],
    ["a continuation of nothing", ` x: y\r\n${message}`, "header-malformed"],
    ["a name with white space inside", `X Y: z\r\n${message}`, "header-malformed"],
    ["a header over 2 MiB", `${`X: ${"x".repeat(900)}\r\n`.repeat(2500)}${message}`, "header-too-large"],
  ];
  test.each(messages)("%s", async (_title, text, code) => {
    expect(await refusal(text)).toBe(code);
    const bits = async function* bits(): AsyncGenerator<Uint8Array> {
      for (let at = 0; at < text.length; at += 997) yield octets(text.slice(at, at + 997));
    };
    const chunked = sign(bits(), { keys: [ed25519Key], now });
    if (code === "signed") await chunked;
    else await expect(chunked).rejects.toMatchObject({ name: "CannotSign", code });
  });

  test("a field with a second one behind a line end, from a caller who cut the header himself", () => {
    const fields = ["From: a@example.com\r\n", "X-A: b\r\nFrom: c@example.net\r\n"].map(headerField);
    expect(() => startSigning(fields, { keys: [ed25519Key], now })).toThrow(
      new CannotSign("header-malformed", "a header field holds a line end that is no fold"),
    );
    const folded = ["From: a@example.com\r\n", "X-A: b\r\n c\r\n\td\r\n"].map(headerField);
    expect(() => startSigning(folded, { keys: [ed25519Key], now })).not.toThrow();
  });

  test("a key behind a passphrase, and what helps is said", async () => {
    const { privateKey } = generateKeyPairSync("ed25519");
    const pem = privateKey.export({ type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "secret" });
    const keys = [{ ...ed25519Key, privateKey: pem as string }];
    await expect(signText(message, { keys })).rejects.toThrow(/encrypted.*createPrivateKey/);
  });
  test.each<[title: string, given: unknown, keys: unknown]>([
    ["a message that is a string", message, both],
    ["a message that is nothing", undefined, both],
    ["keys that are no list", octets(message), undefined],
  ])("%s is a clear TypeError", async (_title, given, keys) => {
    const options = { keys } as SignOptions;
    await expect(sign(given as Uint8Array, options)).rejects.toThrow(/a message is a Uint8Array|keys is no list/);
  });
  test("no refusal holds the key or the message", async () => {
    const secret = "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----";
    await expect(signText(message, ed({ privateKey: secret }))).rejects.not.toThrow(/c2VjcmV0|SixPack/);
  });
});

test("DKIM-V-52 octets beyond ASCII are signed as they stand, and nothing is decoded on the way", async () => {
  const latin1 = `${header.replace("Is dinner", "D\xeener =?iso-8859-1?Q?=E9?= \xff")}\r\ncaf\xe9 \x80\xff\r\n`;
  for (const canonicalization of ["simple/simple", "relaxed/relaxed"] as const) {
    const field = await signText(latin1, { canonicalization });
    expect((await checkText(field + latin1))[0]!.result).toBe("pass");
    const asUtf8 = latin1.replace("D\xeener", "D\xc3\xaener");
    expect((await checkText(field + asUtf8))[0]!.result).toBe("fail");
  }
});

test("DKIM-V-68 a body in chunks is signed as the whole", async () => {
  const whole = await signText(message, { keys: both });
  const signer = startSigning(octets(header), { keys: both, now });
  for (const octet of body) signer.update(octets(octet));
  expect(octetText(await signer.finish())).toBe(whole);
});

test("whatever was signed verifies, in any canonicalization", async () => {
  const line = fc.array(fc.constantFrom("a", " ", "\t", "\xe9", "=", ":", ";", "word ", ".", "\r\n ", "\r\n\t"), {
    maxLength: 30,
  });
  const text = fc.record({
    subject: line,
    lines: fc.array(fc.array(fc.constantFrom("a", " ", "\t", "\xff", "..", "word "), { maxLength: 12 }), {
      maxLength: 8,
    }),
    end: fc.constantFrom("", "\r\n", "\r\n\r\n\r\n"),
    canonicalization: fc.constantFrom("simple/simple", "relaxed/relaxed", "relaxed/simple", "simple/relaxed"),
  });
  await fc.assert(
    fc.asyncProperty(text, async ({ subject, lines, end, canonicalization }) => {
      const head = `From: joe@example.com\r\nSubject:${subject.join("")}\r\n`;
      const whole = `${head}\r\n${lines.map((words) => words.join("")).join("\r\n")}${end}`;
      const fields = await signText(whole, { keys: both, canonicalization });
      expect((await checkText(fields + whole)).map(({ result }) => result)).toEqual(["pass", "pass"]);
    }),
    { numRuns: 300 },
  );
});
