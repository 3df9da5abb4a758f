import { describe, expect, test } from "vitest";
import { check, only, outcome, signed } from "../../../vectors/dkim/checking.ts";
import { body, ed25519Record, forge, header, now, resolver, signatureTemplate } from "../../../vectors/dkim/example.ts";
import type { ResolveTxt } from "../key/key-lookup.ts";

describe("tags of the signature", () => {
  const malformed = "neutral malformed-signature";
  const cases: [title: string, changes: Record<string, string | undefined>, expected: string][] = [
    ["DKIM-V-05 unknown tags are hashed and have no effect", { foo: "bar" }, "pass"],
    ["DKIM-V-02 D= is an unknown tag", { d: undefined, D: "example.com" }, malformed],
    ["DKIM-V-06 an empty c= is not an absent one", { c: "" }, "neutral unknown-canonicalization"],
    ["DKIM-V-06 an empty q=", { q: "" }, "neutral unknown-query-method"],
    ["DKIM-V-06 an empty i=", { i: "" }, malformed],
    ["DKIM-V-06 an empty l=", { l: "" }, malformed],
    ["DKIM-V-06 an empty t=", { t: "" }, malformed],
    ["DKIM-V-06 an empty x=", { x: "" }, malformed],
    ["DKIM-V-06 DKIM-V-13 an absent c= is simple/simple", { c: undefined }, "pass"],
    ["DKIM-V-13 one name means simple for the body", { c: "relaxed" }, "pass"],
    ["DKIM-V-13 an unknown name", { c: "relaxed/nofws" }, "neutral unknown-canonicalization"],
    ["DKIM-V-13 no name behind the slash", { c: "relaxed/" }, "neutral unknown-canonicalization"],
    ["DKIM-V-13 a name too many", { c: "relaxed/simple/simple" }, "neutral unknown-canonicalization"],
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
    ["DKIM-V-09 v=1.0", { v: "1.0" }, "neutral incompatible-version"],
    ["DKIM-V-09 an empty v=", { v: "" }, "neutral incompatible-version"],
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
    ["DKIM-V-20 i= with a fold in its quoted-printable", { i: "a=40\r\n b@example.com" }, "pass"],
    ["DKIM-V-20 i= with a fold inside an escape", { i: "a=\r\n 40b@example.com" }, malformed],
    ["DKIM-V-20 i= with a broken escape", { i: "a=4@example.com" }, malformed],
    ["DKIM-V-22 l= of 80 digits", { l: `${"0".repeat(78)}54` }, malformed],
    ["DKIM-V-22 l= of 77 digits", { l: `${"0".repeat(75)}54` }, malformed],
    ["DKIM-V-22 l= of 76 digits", { l: `${"0".repeat(74)}54` }, "pass"],
    ["DKIM-V-22 l= of 76 nines", { l: "9".repeat(76) }, "fail body-too-short"],
    ["DKIM-V-22 l= is no number", { l: "-1" }, malformed],
    ["DKIM-V-22 l= in another base", { l: "0x36" }, malformed],
    ["DKIM-V-22 l= is the length of the body", { l: "54" }, "pass"],
    ["DKIM-V-22 l= is one more than the body has", { l: "55" }, "fail body-too-short"],
    ["DKIM-V-22 l= of 2^64", { l: "18446744073709551616" }, "fail body-too-short"],
    ["DKIM-V-22 l= of 2^64 and the body's length", { l: "18446744073709551670" }, "fail body-too-short"],
    ["DKIM-V-22 l= of 2^32 and the body's length", { l: "4294967350" }, "fail body-too-short"],
    ["DKIM-V-24 a known query method among others", { q: "foo : dns/txt" }, "pass"],
    ["DKIM-V-24 no known query method", { q: "foo" }, "neutral unknown-query-method"],
    ["DKIM-V-24 methods that only look like the known one", { q: "dns:dns/txt2" }, "neutral unknown-query-method"],
    ["DKIM-V-25 t= of 13 digits", { t: "1000000000000" }, "pass"],
    ["DKIM-V-25 t= of 13 digits and x= of 13 digits", { t: "1000000000000", x: "1000000000001" }, "pass"],
    ["DKIM-V-25 x= of 80 digits never comes", { x: "9".repeat(80) }, "pass"],
    ["DKIM-V-25 x= beyond 32 bits", { x: "99999999999" }, "pass"],
    ["DKIM-V-25 x= that 32 bits would take for 0", { t: "0", x: "4294967296" }, "pass"],
    ["DKIM-V-25 t= is no number", { t: "1e9" }, malformed],
    ["DKIM-V-26 x= is t=", { t: `${now}`, x: `${now}` }, malformed],
    ["DKIM-V-26 x= is below t=", { t: `${now}`, x: `${now - 1}` }, malformed],
    ["DKIM-V-27 x= has passed", { x: `${now - 301}` }, "policy expired"],
    ["DKIM-V-27 x= has passed within the skew", { x: `${now - 300}` }, "pass"],
    ["DKIM-V-28 t= in the future", { t: `${now + 3600}` }, "pass"],
    ["DKIM-V-29 z= is not looked at", { z: "From:other@example.net|To:x;".replace(";", "=3B") }, "pass"],
    ["DKIM-V-30 bh= of 31 octets", { bh: Buffer.alloc(31).toString("base64") }, malformed],
    ["DKIM-V-30 bh= of 33 octets", { bh: Buffer.alloc(33).toString("base64") }, malformed],
    ["DKIM-V-30 bh= as long as a SHA-1", { bh: Buffer.alloc(20).toString("base64") }, malformed],
    ["DKIM-V-30 an empty bh=", { bh: "" }, malformed],
    ["DKIM-V-30 bh= folded inside", { bh: "2jUSOH9NhtVGCQWNr9Br\r\n\tIAPreKQjO6Sn7XIk fJVOzv8=" }, "pass"],
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

  test("DKIM-V-01 white space and folds around names, = and values change nothing but what is hashed", async () => {
    const spaced = (text: string): string =>
      text.replace(/([:;]) ?(\w+)=/g, "$1 \r\n\t$2 \r\n = ").replace(/(?=\r\n$)/, " ;\t");
    const text = `${forge(spaced(signatureTemplate({ i: "@example.com", t: "1", x: "1800000000", l: "54" })))}${header}`;
    expect(text).toContain("\td \r\n = example.com;");
    expect(await only(`${text}\r\n${body}`)).toMatchObject({
      result: "pass",
      signingDomain: "example.com",
      identity: "@example.com",
      timestamp: 1,
      expiration: 1_800_000_000,
      bodyLength: 54,
    });
  });

  test("DKIM-V-05 DKIM-V-29 an unknown tag and z= are hashed as they stand", async () => {
    const text = signed({ foo: "bar", z: "Subject:Is=20dinner=20ready?" });
    expect(await outcome(text.replace("foo=bar", "foo=baz"))).toBe("fail signature-mismatch");
    expect(await outcome(text.replace("z=Subject", "z=Sender"))).toBe("fail signature-mismatch");
  });

  test("DKIM-V-29 a field that z= holds a copy of is not replaced by it", async () => {
    const text = signed({ z: "Subject:Is=20dinner=20ready?" });
    expect(await outcome(text)).toBe("pass");
    expect(await outcome(text.replace("Subject: Is", "Subject: Was"))).toBe("fail signature-mismatch");
  });

  test("DKIM-V-31 what cannot be parsed, or is expired, costs no look-up", async () => {
    const asked: string[] = [];
    const resolveTxt: ResolveTxt = (name) => (asked.push(name), Promise.resolve([[ed25519Record]]));
    const bh = Buffer.alloc(31).toString("base64");
    for (const changes of [{ bh }, { b: "" }, { d: "localhost" }, { h: "to" }, { a: "x" }, { x: `${now - 1000}` }]) {
      expect(await outcome(signed(changes), { resolveTxt })).not.toBe("pass");
    }
    expect(asked).toEqual([]);
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
    expect(await outcome(text, { uncoveredBody: "pass" })).toBe("pass");
    expect(await outcome(text, { uncoveredBody: "policy" })).toBe("policy uncovered-body");
    expect(await outcome(text, { uncoveredBody: "fail" })).toBe("fail body-too-long");
    const unknown = resolver({ "e._domainkey.example.com": { code: "ESERVFAIL" } });
    expect(await only(text, { resolveTxt: unknown })).toMatchObject({ result: "temperror", uncoveredOctets: 44 });
    const refused = await only(text, { uncoveredBody: "fail" });
    expect(refused.uncoveredOctets).toBe(44);
    for (const uncoveredBody of ["policy", "fail"] as const) {
      expect(await outcome(signed(), { uncoveredBody })).toBe("pass");
      expect(await outcome(signed({ l: "54" }), { uncoveredBody })).toBe("pass");
      expect(await outcome(text.replace("Hi.", "Ho."), { uncoveredBody })).toBe("fail body-hash-mismatch");
    }
  });

  test("DKIM-V-67 l= counts canonical octets from the start of the body, and cuts a line end where it falls", async () => {
    for (const c of ["relaxed/simple", "relaxed/relaxed"]) {
      const octetCount = c === "relaxed/simple" ? 55 : 54;
      for (let l = 0; l <= octetCount; l++) {
        const verification = await only(signed({ l: `${l}`, c }));
        expect(verification).toMatchObject({ result: "pass", uncoveredOctets: octetCount - l });
      }
    }
    const upToCr = signed({ l: "4", c: "relaxed/simple" });
    expect(await outcome(upToCr.replace("Hi.\r\n\r\nWe", "Hi.\r\nOther\r\nWe"))).toBe("pass");
    expect(await outcome(upToCr.replace("Hi.\r\n", "Hi.x\r\n"))).toBe("fail body-hash-mismatch");
    expect(await outcome(signed({ l: "0" }, { body: "anything" }).replace("anything", "else"))).toBe("pass");
  });

  test("DKIM-V-25 a time of more than 12 digits is told as the largest of 12", async () => {
    expect(await only(signed({ t: "1000000000000", x: "9".repeat(80) }))).toMatchObject({
      timestamp: 999_999_999_999,
      expiration: 999_999_999_999,
    });
  });

  test("DKIM-V-27 a message that waited in a queue is judged by when it was received", async () => {
    const text = signed({ t: `${now - 1000}`, x: `${now + 1000}` });
    const delayed = now + 86_400;
    expect(await outcome(text, { now: delayed })).toBe("policy expired");
    expect(await outcome(text, { now: now + 900 })).toBe("pass");
    expect(await outcome(text, { now: now + 1001, skewSeconds: 0 })).toBe("policy expired");
    expect(await outcome(text, { now: delayed, skewSeconds: 86_400 })).toBe("pass");
  });

  test("DKIM-V-28 a t= in the future is remarked on", async () => {
    expect((await only(signed({ t: `${now + 3600}` }))).remarks).toEqual(["future-timestamp"]);
    expect((await only(signed({ t: `${now + 300}` }))).remarks).toEqual([]);
    expect((await only(signed({ t: `${now + 1}` }), { skewSeconds: 0 })).remarks).toEqual(["future-timestamp"]);
  });

  test("DKIM-V-15 a d= where names are registered is refused where asked", async () => {
    const text = signed({ d: "co.example" });
    expect(await outcome(text, { isRegistrySuffix: (domain) => domain === "co.example" })).toBe(
      "policy registry-suffix",
    );
    const resolveTxt = resolver({ "e._domainkey.co.example": ed25519Record });
    expect(await outcome(text, { resolveTxt })).toBe("pass");
    expect(await outcome(text, { resolveTxt, isRegistrySuffix: (domain) => domain === "example" })).toBe("pass");
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

  test("DKIM-V-31 no octet of the signature or of a signed field can be changed, added, doubled or lost", async () => {
    const text = signed({ c: "simple/simple", i: "@example.com", t: "1", x: "1800000000" });
    // Behind the last line end of a signed field begins what is not signed.
    const end = text.indexOf("Date:") - 1;
    const base64 = [text.indexOf("; b=") + 3, text.indexOf("; t=")] as const;
    for (let at = 0; at < end; at++) {
      const octet = text[at]!;
      const flipped = [1, 0x20, 0x80].map((bit) => String.fromCharCode(octet.charCodeAt(0) ^ bit));
      // White space in b= and around it is all that may come and go: what it stands in is not hashed.
      const added = base64[0] < at && at <= base64[1] ? [] : [` ${octet}`];
      for (const put of ["", octet + octet, ...flipped, ...added]) {
        const changed = text.slice(0, at) + put + text.slice(at + 1);
        for (const { result } of await check(changed)) expect(`${at} ${put} ${result}`).not.toBe(`${at} ${put} pass`);
      }
    }
  });
});
