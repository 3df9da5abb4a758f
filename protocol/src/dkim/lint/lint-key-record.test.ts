import { createPublicKey, generateKeyPairSync, generatePrimeSync, type KeyObject } from "node:crypto";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ed25519PrivateKey, rsaRecord as rfc8463Rsa } from "../../../vectors/dkim/example.ts";
import { formatKeyRecord, parseKeyRecord } from "../key/key-record.ts";
import { lintKeyRecord, lintKeyRecords } from "./lint-key-record.ts";

const rsaKey = (bits: number, publicExponent = 65_537): KeyObject =>
  generateKeyPairSync("rsa", { modulusLength: bits, publicExponent }).publicKey;
const key2048 = rsaKey(2048);
const rsa = formatKeyRecord(key2048);
const p = rsa.slice(rsa.indexOf("p=") + 2);
const ed25519Key = generateKeyPairSync("ed25519").publicKey;
const ed25519 = formatKeyRecord(ed25519Key);
const ed25519P = ed25519.slice(ed25519.indexOf("p=") + 2);
const der = Buffer.from(p, "base64");
const base64 = (octets: Uint8Array): string => Buffer.from(octets).toString("base64");
const spki = (key: KeyObject): string => base64(key.export({ type: "spki", format: "der" }));
const pem = (key: KeyObject): string => key.export({ type: "spki", format: "pem" }) as string;
const every = (text: string, count: number, between: string): string =>
  text.match(new RegExp(`.{1,${count}}`, "g"))!.join(between);
const [first, second] = [rsa.slice(0, 255), rsa.slice(255)];

const said = (text: string | readonly string[]): string[] =>
  (typeof text === "string" ? lintKeyRecord(text) : lintKeyRecords(text)).findings.map(
    ({ code, severity, mistake }) => `${severity} ${code} ${mistake}`,
  );

describe("what pasting did is named, and undone", () => {
  test.each<[title: string, pasted: string, mistakes: string[]]>([
    ["DKIM-K-21 quotes around it", `"${rsa}"`, ["quotes"]],
    ["DKIM-K-21 one quote left at its end", `${rsa}"`, ["quotes"]],
    ["DKIM-K-21 single quotes", `'${rsa}'`, ["quotes"]],
    ["DKIM-K-21 escaped semicolons", rsa.replaceAll(";", "\\;"), ["escapes"]],
    ["DKIM-K-21 escaped semicolons and quotes", `\\"${rsa.replaceAll(";", "\\;")}\\"`, ["escapes", "quotes"]],
    ["DKIM-K-21 JSON escapes", rsa.replaceAll("=", "\\u003d").replaceAll("/", "\\/"), ["escapes"]],
    ["KEY-04 the strings of a zone file, quotes and all", `"${first}" "${second}"`, ["several-strings", "quotes"]],
    ["KEY-04 inner quotes alone", `${first}" "${second}`, ["several-strings"]],
    ["KEY-04 strings on lines of their own", `"${first}"\n"${second}"`, ["several-strings", "quotes"]],
    ["typographic quotes", `“${rsa}”`, ["smart-quotes", "quotes"]],
    ["a wide semicolon", rsa.replace(";", "；"), ["smart-quotes"]],
    ["HTML entities", `&quot;${rsa.replaceAll(";", "&#59;")}&quot;`, ["html", "quotes"]],
    ["HTML line breaks", `${first}<br />${second}`, ["html"]],
    ["percent signs", rsa.replaceAll("=", "%3D").replaceAll(";", "%3b").replaceAll(" ", "%20"), ["url-encoded"]],
    ["DKIM-K-20 a zero-width space inside p=", `${first}\u200b${second}`, ["invisible-characters"]],
    ["DKIM-K-20 the same as octets from DNS", `${first}\u00e2\u0080\u008b${second}`, ["invisible-characters"]],
    ["a byte order mark", `\ufeff${rsa}`, ["invisible-characters"]],
    ["no-break spaces", rsa.replaceAll(" ", "\u00a0"), ["invisible-characters"]],
    ["DKIM-K-20 line feeds inside p=", `v=DKIM1; k=rsa; p=${every(p, 64, "\n")}`, ["line-breaks"]],
    ["DKIM-K-20 CRLF inside p=", `v=DKIM1; k=rsa; p=${every(p, 64, "\r\n")}`, ["line-breaks"]],
    ["a line break behind it", `${rsa}\r\n`, ["line-ends"]],
    ["a line feed before it", `\n${rsa}`, ["line-ends"]],
    ["a tag a line", rsa.replaceAll("; ", ";\n"), ["line-breaks"]],
    ["a tag a line without semicolons", rsa.replaceAll("; ", "\n"), ["line-breaks"]],
    ["commas", rsa.replaceAll(";", ","), ["separators"]],
    ["colons between tags", rsa.replaceAll(";", ":"), ["separators"]],
    ["blanks alone between tags", rsa.replaceAll(";", ""), ["separators"]],
    ["a semicolon missing before p=", rsa.replace("; p", " p"), ["separators"]],
    ["colons for =", `v: DKIM1; k: rsa; p: ${p}`, ["separators"]],
    ["two semicolons", rsa.replaceAll(";", ";;"), ["empty-tags"]],
    ["a semicolon at the start", `;${rsa}`, ["empty-tags"]],
    ["DKIM-K-04 KEY-01 v=dkim1", rsa.replace("DKIM1", "dkim1"), ["version"]],
    ["DKIM-K-04 v=DKIM 1", rsa.replace("DKIM1", "DKIM 1"), ["version"]],
    ["DKIM-K-04 v=DKIM1.0", rsa.replace("DKIM1", "DKIM1.0"), ["version"]],
    ["DKIM-K-04 v= cut off", rsa.slice(2), ["version"]],
    ["DKIM-K-04 KEY-01 v=DKIM1 at the end", `k=rsa; p=${p}; v=DKIM1`, ["version-not-first"]],
    ["capitals", `V=DKIM1; K=rsa; P=${p}`, ["version", "capitals"]],
    ["k=RSA", rsa.replace("rsa", "RSA"), ["capitals"]],
    ["DKIM-K-03 p=p=", rsa.replace("p=", "p=p="), ["doubled-tag"]],
    ["DKIM-K-03 a tag twice", rsa.replace("k=rsa", "k=rsa; k=rsa"), ["doubled-tag"]],
    ["DKIM-K-03 the record pasted behind a p= of the form", `v=DKIM1; k=rsa; p=${rsa}`, ["doubled-tag"]],
    ["the record pasted twice", `${rsa};${rsa}`, ["doubled-tag"]],
    ["the lines of a PEM file", `v=DKIM1; k=rsa; p=${pem(key2048).trim()}`, ["pem-armour"]],
    ["a PEM file and nothing else", pem(key2048).trim(), ["pem-armour", "bare-key"]],
    ["a line of a zone file", `s1._domainkey IN TXT "${rsa}"`, ["zone-line"]],
    [
      "opendkim-genkey's file",
      `s1._domainkey\tIN\tTXT\t( "v=DKIM1; k=rsa; "\n\t  "p=${p}" )  ; ----- DKIM key s1`,
      ["zone-line"],
    ],
    ["a zone line with a TTL and no quotes", `s1._domainkey.example.com. 3600 IN TXT ${rsa}`, ["zone-line"]],
    ["the key alone", p, ["bare-key"]],
    ["an Ed25519 key alone", ed25519P, ["bare-key"]],
    ["p= left out before the key", `v=DKIM1; k=rsa; ${p}`, ["bare-key"]],
    ["DKIM-K-08 k= of the other type", rsa.replace("rsa", "ed25519"), ["wrong-key-type"]],
    ["DKIM-K-08 no k= beside an Ed25519 key", `v=DKIM1; p=${ed25519P}`, ["wrong-key-type"]],
    ["DKIM-K-08 an unknown k= beside an RSA key", rsa.replace("rsa", "rsa-sha256"), ["unknown-key-type"]],
    ["DKIM-K-10 an Ed25519 key as SubjectPublicKeyInfo", `v=DKIM1; k=ed25519; p=${spki(ed25519Key)}`, ["ed25519-spki"]],
    ["DKIM-K-10 the same without k=", `v=DKIM1; p=${spki(ed25519Key)}`, ["ed25519-spki"]],
    ["base64 of web addresses", rsa.replaceAll("+", "-").replaceAll("/", "_"), ["base64url"]],
  ])("%s", (_title, pasted, mistakes) => {
    const { findings, meant, read } = lintKeyRecord(pasted);
    expect(findings.map(({ mistake }) => mistake)).toEqual(mistakes);
    for (const { code, severity } of findings) expect([code, severity]).toEqual(["KeyMalformed", "high"]);
    expect(read).toBeUndefined();
    expect([rsa, ed25519]).toContain(meant);
  });
});

describe("what cannot be undone is explained", () => {
  const malformed = (mistake: string): string[] => [`high KeyMalformed ${mistake}`];
  const ec = generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey;
  test.each<[title: string, pasted: string, expected: string[]]>([
    ["KEY-04 cut at 255 characters", first, malformed("cut-short")],
    ["cut elsewhere", rsa.slice(0, 180), malformed("cut-short")],
    ["blanks around = are no mistake beside it", rsa.slice(0, 180).replaceAll("=", " = "), malformed("cut-short")],
    ["a string in the middle lost", rsa.slice(0, 200) + rsa.slice(220), malformed("middle-missing")],
    ["one character in the middle lost", rsa.slice(0, 200) + rsa.slice(201), malformed("middle-missing")],
    ["the beginning of the key lost", `v=DKIM1; k=rsa; p=${p.slice(100)}`, malformed("beginning-missing")],
    [
      "something behind the key",
      `v=DKIM1; k=rsa; p=${base64(Buffer.concat([der, Buffer.alloc(3, 1)]))}`,
      malformed("key-too-long"),
    ],
    [
      "one octet changed in the frame",
      `v=DKIM1; k=rsa; p=${base64(Buffer.concat([der.subarray(0, 20), Buffer.of(9), der.subarray(21)]))}`,
      malformed("damaged"),
    ],
    ["DKIM-K-20 a character that is none of base64", rsa.replace("p=MIIB", "p=MI*B"), malformed("not-base64")],
    ["dots for the middle", `v=DKIM1; k=rsa; p=${p.slice(0, 20)}...${p.slice(-10)}`, malformed("abbreviated")],
    ["a placeholder in p=", "v=DKIM1; k=rsa; p=<your public key>", malformed("placeholder")],
    ["DKIM-K-07 no p=", "v=DKIM1; k=rsa", malformed("no-key")],
    ["cut at the first semicolon", "v=DKIM1", malformed("cut-at-semicolon")],
    [
      "DKIM-K-21 the same with its backslash",
      "v=DKIM1\\",
      ["high KeyMalformed escapes", ...malformed("cut-at-semicolon")],
    ],
    ["an elliptic-curve key", `v=DKIM1; k=rsa; p=${spki(ec)}`, malformed("other-key")],
    ["an SSH key", `v=DKIM1; k=rsa; p=${base64(Buffer.from("\0\0\0\x07ssh-rsa\0\0\0\x03"))}`, malformed("ssh-key")],
    [
      "a certificate",
      `v=DKIM1; k=rsa; p=${base64(Buffer.from(`3082030030820200a003020102${"00".repeat(600)}`, "hex"))}`,
      malformed("certificate"),
    ],
    ["random octets", `v=DKIM1; k=rsa; p=${base64(Buffer.alloc(100, 7))}`, malformed("no-rsa-key")],
    ["DKIM-K-10 31 octets", `v=DKIM1; k=ed25519; p=${base64(Buffer.alloc(31, 7))}`, malformed("ed25519-length")],
    ["an unknown key type", "v=DKIM1; k=dsa; p=AAAA", malformed("unreadable")],
    ["two different keys in one record", `${rsa}; p=${ed25519P}`, malformed("unreadable")],
    ["16385 characters", "p".repeat(16_385), malformed("too-long")],
    ["SPF", "v=spf1 include:_spf.example.net -all", ["high NoKeyRecord spf-text"]],
    ["DMARC", "v=DMARC1; p=none; rua=mailto:a@example.com", ["high NoKeyRecord dmarc-text"]],
    ["the target of an alias", "s1.domainkey.u1.wl.esp.example.", ["high NoKeyRecord alias-as-text"]],
    ["the key name", "s1._domainkey.example.com", ["high NoKeyRecord name-as-text"]],
    ["a proof of ownership", "google-site-verification=abcdef", ["high NoKeyRecord verification-text"]],
    ["a web address", "https://esp.example/dkim/help", ["high NoKeyRecord address-as-text"]],
    ["a record of another standard", "v=TLSRPTv1; rua=mailto:a@example.com", ["high NoKeyRecord other-version"]],
    ["a placeholder", "<your key record>", ["high NoKeyRecord placeholder"]],
    ["a DomainKeys policy", "o=~; r=a@example.com", ["high NoKeyRecord policy-text"]],
    ["nothing", "", ["high NoKeyRecord empty"]],
    ["quotes around nothing", '""', ["high NoKeyRecord empty"]],
    ["other text", "hello world", ["high NoKeyRecord other-text"]],
  ])("%s", (_title, pasted, expected) => {
    expect(said(pasted)).toEqual(expected);
    expect(lintKeyRecord(pasted).meant).toBeUndefined();
  });

  test("KEY-04 a record of exactly 255 characters is said to be cut there, with the octets that it has and needs", () => {
    const [finding] = lintKeyRecord(first).findings;
    expect(finding!.problem).toBe(
      "it is cut at 255 characters: the key says that it has 294 octets, and 177 are there",
    );
  });
});

describe("a private key is critical, and is repeated nowhere", () => {
  const rsaPair = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
  const edPair = generateKeyPairSync("ed25519").privateKey;
  const text = (key: KeyObject, type: "pkcs1" | "pkcs8", format: "pem" | "der"): string => {
    if (format === "der") return base64(key.export({ type, format }));
    return key.export({ type, format }) as string;
  };
  const bodies: [title: string, key: string][] = [
    ["PKCS #8", text(rsaPair, "pkcs8", "der")],
    ["PKCS #1", text(rsaPair, "pkcs1", "der")],
    ["PKCS #1 of 1024 bits", text(generateKeyPairSync("rsa", { modulusLength: 1024 }).privateKey, "pkcs1", "der")],
    ["PKCS #1 of 4096 bits", text(generateKeyPairSync("rsa", { modulusLength: 4096 }).privateKey, "pkcs1", "der")],
    ["Ed25519", text(edPair, "pkcs8", "der")],
  ];
  const wraps: [title: string, wrap: (key: string) => string][] = [
    ["alone", (key) => key],
    ["in p=", (key) => `v=DKIM1; k=rsa; p=${key}`],
    ["in quotes, split", (key) => `"v=DKIM1; k=rsa; p=${key.slice(0, 40)}" "${key.slice(40)}"`],
    ["cut at 60", (key) => `v=DKIM1; p=${key}`.slice(0, 60)],
    ["on lines", (key) => every(key, 30, "\n")],
    ["with zero-width spaces", (key) => every(`p=${key}`, 15, "\u200b")],
    ["HTML and escapes", (key) => `&quot;v=DKIM1\\; p=${key.replaceAll("/", "\\/")}&quot;`],
  ];
  const cases = bodies.flatMap(([body, key]) =>
    wraps.map(([wrap, wrapped]) => [`${body} ${wrap}`, wrapped(key), key] as const),
  );
  const pems = [text(rsaPair, "pkcs8", "pem"), text(rsaPair, "pkcs1", "pem"), text(edPair, "pkcs8", "pem")];
  test.each([...cases, ...pems.map((key, at) => [`PEM ${at + 1}`, key, key.split("\n")[1]!] as const)])(
    "%s",
    (_title, pasted, key) => {
      const lint = lintKeyRecord(pasted);
      expect(lint.findings.map(({ code, severity }) => [code, severity])).toEqual([
        ["PrivateKeyPublished", "critical"],
      ]);
      expect(JSON.stringify(lint)).not.toContain(key.slice(0, 12));
      expect(said([rsa, pasted])).toEqual(["critical PrivateKeyPublished private-key"]);
    },
  );
});

describe("keys that work and should not", () => {
  const record = (modulus: bigint, exponent: bigint): string => `v=DKIM1; k=rsa; p=${rsaDer(modulus, exponent)}`;
  const prime = (bits: number): bigint => generatePrimeSync(bits, { bigint: true });
  const sound = prime(1024) * prime(1024);
  const root = prime(1024);
  test.each<[title: string, text: string, expected: string[]]>([
    ["DKIM-K-19 exponent 1", record(sound, 1n), ["critical KeyWeak exponent-one"]],
    ["DKIM-K-19 an even exponent", record(sound, 4n), ["critical KeyWeak even-exponent"]],
    ["DKIM-K-19 exponent 3", record(sound, 3n), ["low KeyUnusual small-exponent"]],
    ["an exponent of 72 bits", record(sound, (1n << 71n) + 1n), ["high KeyUnusable large-exponent"]],
    ["an even modulus", record(sound * 2n, 65_537n), ["critical KeyWeak small-factor"]],
    ["a small factor", record(prime(2040) * 251n, 65_537n), ["critical KeyWeak small-factor"]],
    ["one prime twice", record(root * root, 65_537n), ["critical KeyWeak close-primes"]],
    ["the key of RFC 8463", formatKeyRecord(createPublicKey(ed25519PrivateKey)), ["critical KeyWeak published"]],
    ["the RSA key of RFC 8463", rfc8463Rsa, ["critical KeyWeak published", "low KeyWeak small"]],
    ["an Ed25519 point of small order", `v=DKIM1; k=ed25519; p=${"A".repeat(43)}=`, ["critical KeyWeak small-order"]],
    ["DKIM-K-17 DKIM-S-06 RSA of 1016 bits", formatKeyRecord(rsaKey(1016)), ["critical KeyWeak too-small"]],
    ["DKIM-S-06 RSA of 1024 bits", formatKeyRecord(rsaKey(1024)), ["low KeyWeak small"]],
    ["DKIM-S-06 RSA of 2040 bits", formatKeyRecord(rsaKey(2040)), ["low KeyWeak small"]],
    ["DKIM-K-18 RSA of 4104 bits", record(prime(2052) * prime(2052), 65_537n), ["low KeyUnusual large"]],
    ["DKIM-K-18 RSA of more than 8192 bits", record(root ** 7n * prime(1100), 65_537n), ["high KeyUnusable too-large"]],
    ["behind a mistake too", `"${formatKeyRecord(rsaKey(1024))}"`, ["high KeyMalformed quotes", "low KeyWeak small"]],
  ])(
    "%s",
    (_title, text, expected) => {
      expect(said(text)).toEqual(expected);
    },
    60_000,
  );

  test.each([
    ["e._domainkey.example.com", []],
    ["e._domainkey.mail.example", []],
    ["e._domainkey.notexample.com", ["published"]],
    ["e._domainkey.example.com.net", ["published"]],
  ])("a key that an RFC prints, at %s", (keyName, expected) => {
    const { findings } = lintKeyRecord(formatKeyRecord(createPublicKey(ed25519PrivateKey)), { keyName });
    expect(findings.map(({ mistake }) => mistake)).toEqual(expected);
  });

  test("a list of broken keys is asked with the key", () => {
    const { findings } = lintKeyRecord(rsa, { isKnownWeak: (key) => (key.equals(key2048) ? "debian" : undefined) });
    expect(findings.map(({ code, severity, mistake }) => [code, severity, mistake])).toEqual([
      ["KeyWeak", "critical", "debian"],
    ]);
  });
});

describe("tags that change what a key is for", () => {
  const withTag = (tag: string): string => rsa.replace("k=rsa", `k=rsa; ${tag}`);
  test.each<[title: string, text: string, expected: string[]]>([
    ["KEY-01 t=y", withTag("t=y"), ["medium KeyTesting testing"]],
    ["KEY-01 t=y:s", withTag("t=y:s"), ["medium KeyTesting testing"]],
    ["DKIM-K-11 h=sha1", withTag("h=sha1"), ["high KeyUnusable hash"]],
    ["DKIM-K-11 h=sha1:sha256", withTag("h=sha1:sha256"), ["info KeyUnusual sha1-allowed"]],
    ["DKIM-K-12 s=other", withTag("s=other"), ["high KeyUnusable service"]],
    ["KEY-03 s=tlsrpt", withTag("s=tlsrpt"), ["info KeyUnusual reports-only"]],
    ["DKIM-K-14 g=local", withTag("g=local"), ["low KeyUnusual granularity"]],
    ["DKIM-K-14 unknown tags", withTag("zz=1; a=rsa-sha256"), ["info KeyUnusual unknown-tags"]],
    ["DKIM-K-04 KEY-01 no v=", rsa.slice(9), ["info KeyUnusual no-version"]],
    ["DKIM-K-20 blanks in p=", rsa.replace(p, every(p, 100, " ")), ["low KeyUnusual blanks-in-key"]],
    ["DKIM-K-20 KEY-04 strings joined with a blank", `${first} ${second}`, ["low KeyUnusual blanks-in-key"]],
    ["DKIM-K-20 no padding", ed25519.replace(/=+$/, ""), ["low KeyUnusual missing-padding"]],
    ["KEY-15 revoked", "v=DKIM1; p=", ["low KeyRevoked revoked"]],
    ["revoked in quotes", '"v=DKIM1; k=rsa; p="', ["high KeyMalformed quotes", "low KeyRevoked revoked"]],
  ])("%s", (_title, text, expected) => {
    expect(said(text)).toEqual(expected);
  });
  test("a revoked key of a live selector is high", () => {
    expect(lintKeyRecord("v=DKIM1; p=", { use: "live" }).findings[0]!.severity).toBe("high");
  });
});

describe("DKIM-K-05 several TXT records at one name", () => {
  test.each<[title: string, texts: string[], expected: string[]]>([
    ["two keys", [rsa, ed25519], ["high MultipleKeyRecords several-records"]],
    ["a key and SPF", ["v=spf1 -all", rsa], ["high MultipleKeyRecords several-records"]],
    [
      "a key in quotes and a proof",
      ["ms=ms123", `"${rsa}"`],
      ["high MultipleKeyRecords several-records", "high KeyMalformed quotes"],
    ],
    ["KEY-04 two halves of one record", [first, second], ["high MultipleKeyRecords split-over-records"]],
    ["KEY-04 the halves the other way about", [second, first], ["high MultipleKeyRecords split-over-records"]],
    ["one record", [rsa], []],
    ["none", [], ["high NoKeyRecord empty"]],
  ])("%s", (_title, texts, expected) => {
    expect(said(texts)).toEqual(expected);
  });
  test("halves are put together", () => {
    expect(lintKeyRecords([second, first]).meant).toBe(rsa);
    expect(lintKeyRecords([rsa, ed25519]).read?.publicKey.bits).toBe(2048);
  });
});

describe("sound records bring no finding", () => {
  test.each<[title: string, text: string]>([
    ["KEY-01 RSA of 2048 bits", rsa],
    ["RSA of 4096 bits", formatKeyRecord(rsaKey(4096))],
    ["KEY-06 Ed25519", ed25519],
    ["KEY-03 with h=, s= and t=s", formatKeyRecord(key2048, { hashes: ["sha256"], services: ["email"], flags: ["s"] })],
    ["a semicolon at the end", `${rsa};`],
    ["a semicolon and a blank at the end", `${rsa}; `],
    ["t=s, as large providers have it", rsa.replace("k=rsa", "k=rsa; t=s")],
    ["no blanks", rsa.replaceAll(" ", "")],
    ["no k=", rsa.replace("k=rsa; ", "")],
    ["h= before k=", rsa.replace("k=rsa", "h=sha256; k=rsa")],
    ["a note with quotes and commas", rsa.replace("k=rsa", 'k=rsa; n=rotated "monthly", ask a@example.com')],
    ["g=*", rsa.replace("k=rsa", "k=rsa; g=*")],
    ["s=*:email", rsa.replace("k=rsa", "k=rsa; s=*:email")],
    [
      "blanks around every tag",
      rsa
        .replaceAll("=", " = ")
        .replaceAll(";", " ; ")
        .replace(/ = $/, "=")
        .replace(/(?<=p = \S+) = /, "="),
    ],
    ["bare RSAPublicKey", `v=DKIM1; k=rsa; p=${base64(key2048.export({ type: "pkcs1", format: "der" }))}`],
  ])(
    "%s",
    (_title, text) => {
      expect(parseKeyRecord(text).ok).toBe(true);
      const { findings, read, meant } = lintKeyRecord(text);
      expect(findings).toEqual([]);
      expect(read?.text).toBe(text);
      expect(meant).toBeUndefined();
    },
    60_000,
  );
});

test("any text is an answer, and what was meant is a record that works", () => {
  const pieces = fc.constantFrom(
    rsa,
    ed25519,
    p,
    first,
    '"',
    "\\;",
    "\u200b",
    "\r\n",
    " ",
    "v=DKIM1;",
    "p=",
    "IN TXT (",
    ";",
    "=",
    "&quot;",
    "-----BEGIN PUBLIC KEY-----",
  );
  const text = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.array(fc.oneof(pieces, fc.string({ maxLength: 3 })), { maxLength: 8 }).map((all) => all.join("")),
  );
  fc.assert(
    fc.property(text, (pasted) => {
      const { findings, meant } = lintKeyRecord(pasted);
      const read = parseKeyRecord(pasted);
      if (!read.ok) expect(findings.length).toBeGreaterThan(0);
      if (meant !== undefined) expect(parseKeyRecord(meant).ok).toBe(true);
    }),
    { numRuns: 500 },
  );
});

/** A bare RSAPublicKey (RFC 8017 §A.1.1) in base64, of any numbers. */
function rsaDer(modulus: bigint, exponent: bigint): string {
  const element = (tag: number, content: Buffer): Buffer => {
    const length = content.length < 0x80 ? [content.length] : [0x82, content.length >> 8, content.length & 255];
    return Buffer.concat([Buffer.of(tag, ...length), content]);
  };
  const integer = (value: bigint): Buffer => {
    const hex = value.toString(16);
    const octets = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, "hex");
    return element(0x02, octets[0]! >= 0x80 ? Buffer.concat([Buffer.of(0), octets]) : octets);
  };
  return element(0x30, Buffer.concat([integer(modulus), integer(exponent)])).toString("base64");
}
