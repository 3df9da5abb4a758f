import * as fc from "fast-check";
import { createSecretKey } from "node:crypto";
import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { formatMessage, parseHeader, RCODE, type Message, plainQuery } from "../message/message.ts";
import { TYPE } from "../record/record.ts";
import { tsigKeyFromText, type TsigAlgorithm, type TsigKey } from "./key.ts";
import { findTsig, withTsig, type Tsig } from "./record.ts";
import { signRequest } from "./sign.ts";
import { TsigStream } from "./stream.ts";
import { TSIG_ERROR, verifyRequest } from "./verify-request.ts";

const now = 1_700_000_000;
const octets = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, "hex"));
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
const secret = Uint8Array.from({ length: 32 }, (_, index) => index);
const keyOf = (algorithm: TsigAlgorithm, name = "secondary.example"): TsigKey => ({
  name,
  algorithm,
  secret: createSecretKey(secret),
});
const keysOf = (...keys: readonly TsigKey[]): Map<string, TsigKey> => new Map(keys.map((key) => [key.name, key]));

const message = (fields: Partial<Message> = {}): Message =>
  plainQuery("example.com", TYPE.SOA, { id: 0x1234, ...fields });
const plain = formatMessage(message());
const reply = formatMessage(message({ response: true, authoritative: true }));

/** What dnspython 2.3.0 makes of the question, and of an empty answer to it, under the key name Secondary.Example. */
const golden: readonly [TsigAlgorithm, request: string, response: string][] = [
  [
    "hmac-sha256",
    "1c7a406c3dd445f7628cae69a242e8f0a1ab471f241f755809548f299ef32d7f",
    "2908e29e17ead47ef33c527c674ab88e3abc5dc2d5e1fd666b756cab4dfce2b5",
  ],
  [
    "hmac-sha384",
    "ce6c8eca30f27737fc463034ea210c42116702fc7eab4258282a8280d0ca5dad759e23ba86e0e07b10fbf8c174cc2e57",
    "b513380e3835d9c6b9c548bc671530a6c45d177e3fe1f38cf3239abcaa924d25ce810d496d5821d6437cc2cc8efc89ef",
  ],
  [
    "hmac-sha512",
    "c9ed826ffed85a7f78258f57d9fefe23533fdb44eaef951bc643704b1c98ea97c1562248a8576cda2efb354eaa87fcfee39d438a8df49530b08700d1f78a351e",
    "5618fc201f334816821e9db39adef7ff1771d2a5bfb18db991ec4a55581f3f4cd87bdde863ef780ec726044042328a76fe1b43f237b5f4b603254b019ffdb982",
  ],
];
/** Three messages of a stream that answers the first of them; MACs of dnspython. */
const bare = "123484000000000000000000";
const streamMacs = {
  first: "2cf79f56590a1116021c23b491e56d7c92d52c0154c1d1089fa67811170f2f6f",
  secondAfterFirst: "47ee4f71d32efc68b0073352d093dc8eff06125e662801c36bc93d6ae4381f9f",
  thirdAfterSecond: "f8aac064998de46aac879be9fe79aab14efe1fe74cb76c9f438fea4fbd0e9a48",
  thirdAfterUnsigned: "76a153a2ffcd40ca61ee614442cc27116c9e76fb95515737ca70594f11594e90",
};

const tsigOf = (bytes: Uint8Array): Tsig => {
  const found = findTsig(bytes);
  return typeof found === "string" ? expect.fail(`TSIG ${found}`) : found.tsig;
};
/** A message with a record that differs from the right one. */
const changed = (bytes: Uint8Array, change: Partial<Tsig>): Uint8Array => {
  const found = findTsig(bytes);
  if (typeof found === "string") return expect.fail(`TSIG ${found}`);
  const head = new Uint8Array(bytes.subarray(0, found.at));
  head[11]!--;
  return withTsig(head, { ...found.tsig, ...change });
};

describe("a signed request", () => {
  test.each(golden)("DNS-D-15 has the %s MAC that dnspython gives it", (algorithm, mac) => {
    expect(hex(signRequest(plain, keyOf(algorithm), now).mac)).toBe(mac);
  });

  test.each(golden)("DNS-D-15 of %s is taken, whatever the case of its key name, and answered signed", (...row) => {
    const [algorithm, mac, responseMac] = row;
    const wire = changed(signRequest(plain, keyOf(algorithm), now).message, {});
    const name = wire.indexOf(9, plain.length);
    wire.set(Buffer.from("SeCoNdArY"), name + 1);
    const verified = verifyRequest(wire, keysOf(keyOf("hmac-sha256", "other.example"), keyOf(algorithm)), now);
    if (verified.signature !== "valid") return expect.fail(verified.signature);
    expect(hex(verified.message)).toBe(hex(plain));
    expect(hex(tsigOf(wire).mac)).toBe(mac);
    const signed = verified.signer.sign(reply, now);
    expect(hex(tsigOf(signed).mac)).toBe(responseMac);
    expect(signed.length).toBe(reply.length + verified.signer.octets);
    return undefined;
  });

  test("without a record is told from the rest", () => {
    expect(verifyRequest(plain, keysOf(keyOf("hmac-sha256")), now)).toEqual({ signature: "none" });
  });

  test("is known by the ID that was signed, also after a forwarder gave it another", () => {
    const wire = signRequest(plain, keyOf("hmac-sha256"), now).message;
    wire[0] = 0x77;
    expect(verifyRequest(wire, keysOf(keyOf("hmac-sha256")), now)).toMatchObject({ signature: "valid" });
  });
});

const key = keyOf("hmac-sha256");
const right = signRequest(plain, key, now).message;
const wrongMac = new Uint8Array(32);
const macOf = (length: number): Uint8Array => tsigOf(right).mac.subarray(0, length);

const refused: readonly [string, Uint8Array, TsigKey[], keyof typeof TSIG_ERROR, "signed" | "unsigned"][] = [
  ["DNS-D-16 an unknown key", right, [keyOf("hmac-sha256", "other.example")], "BADKEY", "unsigned"],
  ["DNS-D-16 a key of another algorithm", right, [keyOf("hmac-sha512")], "BADKEY", "unsigned"],
  ["DNS-D-15 MD5", changed(right, { algorithm: "hmac-md5.sig-alg.reg.int" }), [key], "BADKEY", "unsigned"],
  ["DNS-D-15 SHA-1", changed(right, { algorithm: "hmac-sha1" }), [key], "BADKEY", "unsigned"],
  ["DNS-D-16 a wrong MAC", changed(right, { mac: wrongMac }), [key], "BADSIG", "unsigned"],
  ["a changed message", changed(right, { originalId: 1 }), [key], "BADSIG", "unsigned"],
  ["a changed fudge", changed(right, { fudgeSeconds: 65_535 }), [key], "BADSIG", "unsigned"],
  ["DNS-D-16 a time too far back", signRequest(plain, key, now - 301).message, [key], "BADTIME", "signed"],
  ["DNS-D-16 a time too far ahead", signRequest(plain, key, now + 301).message, [key], "BADTIME", "signed"],
  ["DNS-D-17 a MAC cut to half", changed(right, { mac: macOf(16) }), [key], "BADTRUNC", "signed"],
  ["DNS-D-17 a MAC without its last octet", changed(right, { mac: macOf(31) }), [key], "BADTRUNC", "signed"],
];

describe("a request is refused with NOTAUTH", () => {
  test.each(refused)("for %s", (_, wire, keys, error, isSigned) => {
    const verified = verifyRequest(wire, keysOf(...keys), now);
    if (verified.signature !== "refused") return expect.fail(verified.signature);
    const { response } = verified;
    const tsig = tsigOf(response);
    expect(verified.error).toBe(error);
    expect(verified.keyName).toBe("secondary.example");
    expect(parseHeader(response)).toMatchObject({ ok: true, value: { id: 0x1234, response: true, rcode: 9 } });
    expect(tsig).toMatchObject({ keyName: "secondary.example", error: TSIG_ERROR[error] });
    expect(tsig.mac.length > 0).toBe(isSigned === "signed");
    if (error === "BADTIME") expect(hex(tsig.otherData)).toBe(now.toString(16).padStart(12, "0"));
    else expect(tsig.otherData).toHaveLength(0);
    return undefined;
  });

  test("DNS-D-16 but taken with a clock 300 s off", () => {
    for (const time of [now - 300, now + 300])
      expect(verifyRequest(signRequest(plain, key, time).message, keysOf(key), now).signature).toBe("valid");
  });
});

const malformed: readonly [string, Uint8Array][] = [
  ["DNS-D-17 a MAC of 8 octets", changed(right, { mac: macOf(8) })],
  ["DNS-D-17 a MAC of 15 octets", changed(right, { mac: macOf(15) })],
  ["a MAC of no octets", changed(right, { mac: macOf(0) })],
  ["a MAC longer than the hash", changed(right, { mac: new Uint8Array(33) })],
  ["two records", withTsig(right, tsigOf(right))],
  [
    "DNS-D-15 a record that is not the last",
    formatMessage(
      message({
        additional: [
          { name: "k.example", type: TYPE.TSIG, ttl: 0, class: 255, data: new Uint8Array(0) },
          { name: "a.example", type: TYPE.A, ttl: 0, data: new Uint8Array(4) },
        ],
      }),
    ),
  ],
  [
    "a record outside the additional section",
    formatMessage(
      message({ answers: [{ name: "k.example", type: TYPE.TSIG, ttl: 0, class: 255, data: new Uint8Array(0) }] }),
    ),
  ],
  ["octets after the record", Uint8Array.from([...right, 0])],
  ["a record cut short", right.subarray(0, right.length - 1)],
];

describe("a request is malformed", () => {
  test.each(malformed)("with %s", (_, wire) => {
    const verified = verifyRequest(wire, keysOf(key), now);
    if (verified.signature !== "malformed") return expect.fail(verified.signature);
    expect(parseHeader(verified.response!)).toMatchObject({
      ok: true,
      value: { response: true, rcode: RCODE.FORMERR },
    });
    return undefined;
  });

  test("with a class other than ANY, or a TTL", () => {
    for (const at of [2, 7]) {
      const wire = new Uint8Array(right);
      const owner = plain.length + "secondary.example".length + 2;
      wire[owner + at] = 1;
      expect(verifyRequest(wire, keysOf(key), now).signature).toBe("malformed");
    }
  });

  test("or anything else, whatever the octets, without a throw", () => {
    const mutated = fc.tuple(fc.nat(right.length - 1), fc.nat(255), fc.nat(right.length));
    fc.assert(
      fc.property(mutated, ([at, octet, length]) => {
        const wire = new Uint8Array(right);
        wire[at] = octet;
        const verified = verifyRequest(wire.subarray(0, length), keysOf(key), now);
        if (verified.signature === "valid") expect(at < 2 || octet === right[at] || isLetterCase(at, octet)).toBe(true);
        expect(typeof new TsigStream(key, wrongMac).verify(wire.subarray(0, length), now).signature).toBe("string");
      }),
      { numRuns: 2000 },
    );
  });
});

/** Names of key and algorithm are compared without regard to case: RFC 8945 §4.3.3. */
const isLetterCase = (at: number, octet: number): boolean =>
  at > plain.length && (octet | 0x20) === (right[at]! | 0x20);

describe("a stream of answers", () => {
  const withMac = (mac: string): Uint8Array => withTsig(octets(bare), { ...tsigOf(right), mac: octets(mac) });
  const requestMac = octets(golden[0]![1]);

  test("DNS-D-18 is signed by us in every message, as dnspython would", () => {
    const verified = verifyRequest(right, keysOf(key), now);
    if (verified.signature !== "valid") return expect.fail(verified.signature);
    const macs = [1, 2, 3].map(() => hex(tsigOf(verified.signer.sign(octets(bare), now)).mac));
    expect(macs).toEqual([streamMacs.first, streamMacs.secondAfterFirst, streamMacs.thirdAfterSecond]);
    return undefined;
  });

  test("DNS-D-18 is believed with all messages signed", () => {
    const stream = new TsigStream(key, requestMac);
    for (const mac of [streamMacs.first, streamMacs.secondAfterFirst, streamMacs.thirdAfterSecond]) {
      expect(stream.verify(withMac(mac), now)).toEqual({ signature: "valid", message: octets(bare) });
      expect(stream.isSettled).toBe(true);
    }
  });

  test("DNS-D-18 is believed with an unsigned message in between, once a signed one follows", () => {
    const stream = new TsigStream(key, requestMac);
    expect(stream.isSettled).toBe(false);
    expect(stream.verify(withMac(streamMacs.first), now).signature).toBe("valid");
    expect(stream.verify(octets(bare), now)).toEqual({ signature: "awaited", message: octets(bare) });
    expect(stream.isSettled).toBe(false);
    expect(stream.verify(withMac(streamMacs.thirdAfterUnsigned), now).signature).toBe("valid");
    expect(stream.isSettled).toBe(true);
  });

  test("DNS-D-18 may have 99 unsigned messages in a row and not 100", () => {
    const stream = new TsigStream(key, requestMac);
    stream.verify(withMac(streamMacs.first), now);
    for (let count = 0; count < 99; count++) expect(stream.verify(octets(bare), now).signature).toBe("awaited");
    expect(stream.verify(octets(bare), now)).toEqual({ signature: "invalid", problem: "unsigned" });
  });

  test("is not believed when a message between was changed, left out or sent by another", () => {
    const other = octets("123484010000000000000000");
    for (const between of [[], [other], [octets(bare), octets(bare)]]) {
      const stream = new TsigStream(key, requestMac);
      stream.verify(withMac(streamMacs.first), now);
      for (const bytes of between) stream.verify(bytes, now);
      expect(stream.verify(withMac(streamMacs.thirdAfterUnsigned), now)).toEqual({
        signature: "invalid",
        problem: "wrong-mac",
      });
    }
  });

  test("passes over a false answer and believes the right one after it", () => {
    const stream = new TsigStream(key, requestMac);
    expect(stream.verify(octets(bare), now)).toEqual({ signature: "invalid", problem: "unsigned" });
    expect(stream.verify(withMac(streamMacs.thirdAfterSecond), now)).toMatchObject({ problem: "wrong-mac" });
    expect(stream.verify(changed(withMac(streamMacs.first), { mac: macOf(16) }), now)).toMatchObject({
      problem: "cut-mac",
    });
    expect(stream.verify(changed(withMac(streamMacs.first), { keyName: "x.example" }), now)).toMatchObject({
      problem: "other-key",
    });
    expect(stream.verify(withMac(streamMacs.first), now + 301)).toMatchObject({ problem: "wrong-time" });
    expect(stream.verify(withMac(streamMacs.first), now).signature).toBe("valid");
  });

  test("DNS-D-16 tells which error the server sent, and its time", () => {
    const late = signRequest(plain, key, now - 1000);
    const answers = (server: TsigKey[], time: number): unknown => {
      const verified = verifyRequest(late.message, keysOf(...server), time);
      if (verified.signature !== "refused") return expect.fail(verified.signature);
      return new TsigStream(key, late.mac).verify(verified.response, now - 1000);
    };
    expect(answers([key], now)).toEqual({ signature: "error", error: "BADTIME", signed: true, serverTime: now });
    expect(answers([], now)).toEqual({ signature: "error", error: "BADKEY", signed: false });
    const otherSecret = { ...key, secret: createSecretKey(Buffer.alloc(32, 1)) };
    expect(answers([otherSecret], now)).toEqual({ signature: "error", error: "BADSIG", signed: false });
  });
});

const base64 = (length: number): string => Buffer.alloc(length, 0x61).toString("base64");
const badKeys: readonly [string, Partial<Record<"name" | "algorithm" | "secret", string>>, RegExp][] = [
  ["a name that is none", { name: "a..b" }, /name: empty label/],
  ["no name", { name: "." }, /name is empty/],
  ["MD5", { algorithm: "hmac-md5" }, /not one of hmac-sha256, hmac-sha384, hmac-sha512/],
  ["SHA-1", { algorithm: "hmac-sha1" }, /not one of/],
  ["a secret that is not base64", { secret: "secret words!" }, /^the secret is not base64$/],
  ["a secret of 15 octets", { secret: base64(15) }, /^the secret has fewer than 16 octets$/],
];

describe("a key from text", () => {
  const text = { name: "Key.Example.", algorithm: "HMAC-SHA384", secret: base64(16) };

  test("is canonical", () => {
    expect(tsigKeyFromText(text)).toMatchObject({ ok: true, value: { name: "key.example", algorithm: "hmac-sha384" } });
  });

  test.each(badKeys)("is refused for %s", (_, change, problem) => {
    const read = tsigKeyFromText({ ...text, ...change });
    expect(read.ok ? "" : read.problem).toMatch(problem);
  });

  test("does not show its secret when it is printed", () => {
    const read = tsigKeyFromText(text);
    const shown = inspect(read, { depth: 9, showHidden: true }) + JSON.stringify(read);
    expect(shown).toContain("key.example");
    expect(shown).not.toMatch(/YWFhY|aaaa|6161|97, ?97/);
  });
});
