import { describe, expect, test } from "vitest";
import { check, only, outcome, signed } from "../../vectors/dkim/checking.ts";
import { crlf, ed25519Record, forge, header, now, resolver, signatureTemplate } from "../../vectors/dkim/example.ts";
import type { ResolveTxt } from "./key-lookup.ts";

describe("tags of the signature", () => {
  const malformed = "neutral malformed-signature";
  const cases: [title: string, changes: Record<string, string | undefined>, expected: string][] = [
    ["DKIM-V-05 unknown tags are hashed and have no effect", { foo: "bar" }, "pass"],
    ["DKIM-V-02 D= is an unknown tag", { d: undefined, D: "example.com" }, malformed],
    ["DKIM-V-06 an empty c= is not an absent one", { c: "" }, "neutral unknown-canonicalization"],
    ["DKIM-V-06 DKIM-V-13 an absent c= is simple/simple", { c: undefined }, "pass"],
    ["DKIM-V-13 one name means simple for the body", { c: "relaxed" }, "pass"],
    ["DKIM-V-13 an unknown name", { c: "relaxed/nofws" }, "neutral unknown-canonicalization"],
    ["DKIM-V-07 white space in b= is dropped", { b: "{b}" }, "pass"],
    ["DKIM-V-07 white space in d= is not", { d: "exa mple.com" }, malformed],
    ["DKIM-V-08 no v=", { v: undefined }, malformed],
    ["DKIM-V-08 no a=", { a: undefined }, malformed],
    ["DKIM-V-08 no b=", { b: undefined }, malformed],
    ["DKIM-V-08 no bh=", { bh: undefined }, malformed],
    ["DKIM-V-08 no d=", { d: undefined }, malformed],
    ["DKIM-V-08 no h=", { h: undefined }, malformed],
    ["DKIM-V-08 no s=", { s: undefined }, malformed],
    ["DKIM-V-09 v=2", { v: "2" }, "neutral incompatible-version"],
    ["DKIM-V-09 v=01", { v: "01" }, "neutral incompatible-version"],
    ["DKIM-V-10 an unknown algorithm", { a: "rsa-sha257" }, "neutral unknown-algorithm"],
    ["DKIM-V-14 d= of one label", { d: "localhost" }, malformed],
    ["DKIM-V-14 d= is an address literal", { d: "[192.0.2.1]" }, malformed],
    ["DKIM-V-14 d= ends in a dot", { d: "example.com." }, malformed],
    ["a quote in d=", { d: "example.com'a.example.net" }, malformed],
    ["DKIM-V-16 no label in s=", { s: "" }, malformed],
    ["DKIM-V-16 s= and d= make too long a name", { s: `${"a.".repeat(125)}a` }, malformed],
    ["DKIM-V-17 an empty h=", { h: "" }, malformed],
    ["DKIM-V-17 white space and case in h=", { h: "From : TO\r\n :subject" }, "pass"],
    ["DKIM-V-17 an empty name in h=", { h: "from::to" }, malformed],
    ["DKIM-V-18 From is not signed", { h: "to:subject" }, "permerror from-not-signed"],
    ["DKIM-V-20 i= is d=", { i: "joe@example.com" }, "pass"],
    ["DKIM-V-20 i= is below d=, in other letters", { i: "@Mail.EXAMPLE.com" }, "pass"],
    ["DKIM-V-20 i= keeps its quoted-printable", { i: "a=40b@example.com" }, "pass"],
    ["DKIM-V-20 i= outside d=", { i: "@example.net" }, "permerror identity-outside-domain"],
    ["DKIM-V-20 i= that only ends like d=", { i: "@badexample.com" }, "permerror identity-outside-domain"],
    ["DKIM-V-20 i= without @", { i: "example.com" }, malformed],
    ["DKIM-V-20 i= with a broken escape", { i: "a=4@example.com" }, malformed],
    ["DKIM-V-22 l= of 80 digits", { l: "0".repeat(80) }, malformed],
    ["DKIM-V-22 l= is no number", { l: "-1" }, malformed],
    ["DKIM-V-22 l= above the body's length", { l: "100000" }, "fail body-too-short"],
    ["DKIM-V-22 l= of 2^64", { l: "18446744073709551616" }, "fail body-too-short"],
    ["DKIM-V-24 a known query method among others", { q: "foo : dns/txt" }, "pass"],
    ["DKIM-V-24 no known query method", { q: "foo" }, "neutral unknown-query-method"],
    ["DKIM-V-25 t= of 13 digits", { t: "1000000000000" }, "pass"],
    ["DKIM-V-25 x= beyond 32 bits", { x: "99999999999" }, "pass"],
    ["DKIM-V-25 t= is no number", { t: "1e9" }, malformed],
    ["DKIM-V-26 x= is t=", { t: `${now}`, x: `${now}` }, malformed],
    ["DKIM-V-26 x= is below t=", { t: `${now}`, x: `${now - 1}` }, malformed],
    ["DKIM-V-27 x= has passed", { x: `${now - 301}` }, "policy expired"],
    ["DKIM-V-27 x= has passed within the skew", { x: `${now - 300}` }, "pass"],
    ["DKIM-V-28 t= in the future", { t: `${now + 3600}` }, "pass"],
    ["DKIM-V-29 z= is not looked at", { z: "From:other@example.net|To:x;".replace(";", "=3B") }, "pass"],
    ["DKIM-V-30 bh= of 31 octets", { bh: Buffer.alloc(31).toString("base64") }, malformed],
    ["DKIM-V-30 bh= is no base64", { bh: "!".repeat(44) }, malformed],
    ["DKIM-V-30 b= is no base64", { b: "a-b" }, malformed],
    ["DKIM-V-30 b= is empty", { b: "" }, malformed],
    ["DKIM-V-30 b= of another length", { b: Buffer.alloc(63).toString("base64") }, "fail signature-mismatch"],
    ["DKIM-V-44 b= in the middle", { b: undefined, h: "from;b={b}", x: `${now + 1}` }, "pass"],
    ["DKIM-V-44 an unknown tag that ends in b", { ab: "xyz", z: "a|b=3D" }, "pass"],
  ];
  test.each(cases)("%s", async (_title, changes, expected) => {
    expect(await outcome(signed(changes))).toBe(expected);
  });

  test("DKIM-V-04 a duplicate tag makes the list invalid", async () => {
    expect(await outcome(signed().replace("; bh=", "; d=example.com; bh="))).toBe(malformed);
  });

  test("DKIM-V-07 DKIM-V-43 b= folded and in the middle verifies", async () => {
    for (const c of ["simple/simple", "relaxed/relaxed"]) {
      const text = signed({ c, b: undefined, s: "e; b={b}" });
      expect(await outcome(text.replace(/; b=(.{20})/, "; b=\r\n $1\r\n\t"))).toBe("pass");
    }
  });

  test("DKIM-V-16 dots in s= make labels", async () => {
    const names: string[] = [];
    const resolveTxt: ResolveTxt = (name) => (names.push(name), Promise.resolve([[ed25519Record]]));
    expect(await outcome(signed({ s: "a.B", d: "Example.Com" }), { resolveTxt })).toBe("pass");
    expect(names).toEqual(["a.b._domainkey.example.com"]);
  });

  test("DKIM-V-23 what l= leaves uncovered is counted, and refused where asked", async () => {
    const text = signed({ l: "10" });
    expect(await only(text)).toMatchObject({ result: "pass", uncoveredOctets: 44 });
    expect(await outcome(text, { uncoveredBody: "policy" })).toBe("policy uncovered-body");
    expect(await outcome(signed(), { uncoveredBody: "policy" })).toBe("pass");
  });

  test("DKIM-V-67 l= counts canonical octets, also into a line end", async () => {
    for (let l = 0; l <= 54; l++) expect(await outcome(signed({ l: `${l}`, c: "relaxed/simple" }))).toBe("pass");
  });

  test("DKIM-V-28 a t= in the future is remarked on", async () => {
    expect((await only(signed({ t: `${now + 3600}` }))).remarks).toEqual(["future-timestamp"]);
    expect((await only(signed({ t: `${now + 300}` }))).remarks).toEqual([]);
  });

  test("DKIM-V-15 a d= where names are registered is refused where asked", async () => {
    const text = signed({ d: "co.example" });
    expect(await outcome(text, { isRegistrySuffix: (domain) => domain === "co.example" })).toBe(
      "policy registry-suffix",
    );
  });

  test("DKIM-V-33 a U-label is looked up as its A-label and hashed as it stands", async () => {
    const resolveTxt = resolver({ "xn--sl-bja._domainkey.xn--bcher-kva.example": ed25519Record });
    const utf8 = (text: string): string => Buffer.from(text).toString("latin1");
    const text = signed({ d: utf8("b\u00fccher.example"), s: utf8("s\u00e9l"), i: utf8("\u00e9@b\u00fccher.example") });
    expect(await only(text, { resolveTxt })).toMatchObject({
      result: "pass",
      signingDomain: "xn--bcher-kva.example",
      selector: "xn--sl-bja",
      identity: "\u00e9@b\u00fccher.example",
      remarks: ["utf8-in-ascii-message"],
    });
    const inUtf8 = header.replace("dinner", utf8("d\u00eener"));
    const international = signed({ d: utf8("b\u00fccher.example"), s: utf8("s\u00e9l") }, { header: inUtf8 });
    expect(await only(international, { resolveTxt })).toMatchObject({ result: "pass", remarks: [] });
    expect(await outcome(signed({ d: "b\xfccher.example" }))).toBe("neutral malformed-signature");
  });

  test("a field of more than 64 KiB is not read", async () => {
    expect(await outcome(signed({ z: "x".repeat(70_000) }))).toBe("neutral malformed-signature");
  });

  test("DKIM-V-31 no change of one octet of the signature or of a signed field passes", async () => {
    const text = signed({ c: "simple/simple" });
    const end = text.indexOf("Date:");
    for (let at = 0; at < end; at++) {
      const changed = text.slice(0, at) + String.fromCharCode(text.charCodeAt(at) ^ 1) + text.slice(at + 1);
      for (const { result } of await check(changed)) expect(`${at} ${result}`).not.toBe(`${at} pass`);
    }
  });
});

describe("header selection", () => {
  const received = crlf("Received: A", "Received: B", "Received: C");
  test("DKIM-V-40 the last field not used yet is chosen", async () => {
    const text = signed({ h: "from:received:received" }, { header: received + header });
    expect(await outcome(text)).toBe("pass");
    expect(await outcome(text.replace("Received: A", "Received: X"))).toBe("pass");
    expect(await outcome(text.replace("Received: B", "Received: X"))).toBe("fail signature-mismatch");
  });
  test("DKIM-V-41 a name without a field holds the place: adding one breaks the signature", async () => {
    const text = signed({ h: "from:from:subject:cc" });
    expect(await outcome(text)).toBe("pass");
    expect(await outcome(text.replace("From:", "From: a@example.net\r\nFrom:"))).toBe("fail signature-mismatch");
    expect(await outcome(text.replace("From:", "Cc: a@example.net\r\nFrom:"))).toBe("fail signature-mismatch");
  });
  test("DKIM-V-42 the order of h= counts", async () => {
    expect(await outcome(signed({ h: "from:to:subject" }).replace("h=from:to:", "h=to:from:"))).toBe(
      "fail signature-mismatch",
    );
  });
  test("DKIM-V-19 h= cannot choose the signature itself", async () => {
    expect(await outcome(signed({ h: "from:dkim-signature" }))).toBe("pass");
  });
  test("DKIM-V-45 an older signature that is covered keeps its b=", async () => {
    const older = signed();
    const covered = older.slice(0, older.indexOf("From:")) + header;
    const text = signed({ h: "from:dkim-signature" }, { header: covered });
    expect((await check(text)).map(({ result }) => result)).toEqual(["pass", "pass"]);
    const broken = await check(text.replace(/(b=[^;]{8})([^]*?b=)[^;]{4}(?=[^;]*Joe)/, "$1$2AAAA"));
    expect(broken.map(({ result }) => result)).toEqual(["fail", "fail"]);
  });
  test("DKIM-V-52 octets beyond ASCII are hashed as they are", async () => {
    const latin1 = header.replace("dinner", "d\xeener");
    for (const c of ["simple/simple", "relaxed/relaxed"])
      expect(await outcome(signed({ c }, { header: latin1 }))).toBe("pass");
  });
  test("DKIM-V-65 bare line ends in the body are content", async () => {
    const text = signed({}, { body: "a\nb\r\n" });
    expect(await outcome(text)).toBe("pass");
    expect(await outcome(text.replace("a\nb", "a\r\nb"))).toBe("fail body-hash-mismatch");
  });
  test("DKIM-V-60 DKIM-V-61 a message without a body", async () => {
    for (const c of ["simple/simple", "relaxed/relaxed"]) {
      const text = forge(signatureTemplate({ c }), { body: "" }) + header;
      expect(await outcome(text)).toBe("pass");
      expect(await outcome(`${text}\r\n`)).toBe("pass");
    }
  });
});
