import { describe, expect, test } from "vitest";
import { CookieJar, isCookieLength, parseCookieSecret, type CookieSecrets } from "./cookie.ts";
import { parseIpv4, parseIpv6 } from "../record/record-address.ts";

const hex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, "hex"));
const secrets = (...texts: string[]): CookieSecrets =>
  texts.map((text) => {
    const secret = parseCookieSecret(text);
    return secret.ok ? secret.value : expect.fail(secret.problem);
  });
const address = (text: string): Uint8Array => parseIpv4(text) ?? parseIpv6(text) ?? expect.fail(text);

const jar = new CookieJar();
/** What becomes of a cookie: the verdict and the one that goes back, as hexadecimal digits. */
const open = (cookie: string, client: string, now: number, known: CookieSecrets): [string, string] => {
  const query = hex(`ffff${cookie}ffff`);
  jar.open(query, 2, cookie.length / 2, address(client), known, now);
  return [jar.state, Buffer.from(jar.option).toString("hex")];
};

const first = "e5e973e5a6b2a43f48e7dc849e37bfcf";
const client = "198.51.100.100";
const made = 1_559_731_985;
const cookie = "2464c4abcf10c957010000005cf79f111f8130c3eee29480";

describe("DNS-C-18 the examples of RFC 9018, appendix A", () => {
  test.each([
    ["A.1 a client without a cookie", first, "2464c4abcf10c957", client, made, "client-only", cookie],
    [
      "A.2 the same, forty minutes later",
      first,
      cookie,
      client,
      1_559_734_385,
      "valid",
      "2464c4abcf10c957010000005cf7a871d4a564a1442aca77",
    ],
    // The example calls this cookie valid; at 112 minutes it is past what §4.3 allows, and the one that goes back is the same either way.
    [
      "A.3 another client",
      first,
      "fc93fc62807ddb8601abcdef5cf78f71a314227b6679ebf5",
      "203.0.113.203",
      1_559_734_700,
      "bad",
      "fc93fc62807ddb86010000005cf7a9acf73a7810aca2381e",
    ],
    [
      "A.4 IPv6, and a secret that was replaced",
      "445536bcd2513298075a5d379663c962 dd3bdf9344b678b185a6f5cb60fca715",
      "22681ab97d52c298010000005cf7c57926556bd0934c72f8",
      "2001:db8:220:1:59de:d0f4:8769:82b8",
      1_559_741_961,
      "valid",
      "22681ab97d52c298010000005cf7c609a6bb79d16625507a",
    ],
  ])("%s", (_, texts, sent, from, now, state, expected) => {
    expect(open(sent, from, now, secrets(...texts.split(" ")))).toEqual([state, expected]);
  });

  test("A.3 reserved octets count in the hash, and go back as zeros however young the cookie is", () => {
    const sent = "fc93fc62807ddb8601abcdef5cf78f71a314227b6679ebf5";
    const [state, back] = open(sent, "203.0.113.203", 0x5c_f7_8f_71, secrets(first));
    expect(state).toBe("valid");
    expect(back.slice(0, 32)).toBe("fc93fc62807ddb86010000005cf78f71");
    expect(open(sent.replace("abcdef", "000000"), "203.0.113.203", 0x5c_f7_8f_71, secrets(first))[0]).toBe("bad");
  });
});

describe("DNS-C-19 the age of a cookie", () => {
  const isFresh = (age: number): [string, boolean] => {
    const [state, back] = open(cookie, client, made + age, secrets(first));
    return [state, back !== cookie];
  };
  test.each([
    [0, "valid", false],
    [30 * 60, "valid", false],
    [30 * 60 + 1, "valid", true],
    [31 * 60, "valid", true],
    [60 * 60, "valid", true],
    [60 * 60 + 1, "bad", true],
    [61 * 60, "bad", true],
    [-5 * 60, "valid", false],
    [-5 * 60 - 1, "bad", true],
    [-6 * 60, "bad", true],
  ])("%d s: %s, made anew: %s", (age, state, anew) => {
    expect(isFresh(age)).toEqual([state, anew]);
  });

  test("is counted round the end of 32 bits", () => {
    const known = secrets(first);
    const [, back] = open("2464c4abcf10c957", client, 2 ** 32 - 10, known);
    expect(open(back, client, 2 ** 32 + 100, known)).toEqual(["valid", back]);
  });
});

describe("DNS-C-19 a roll of the secret", () => {
  const second = "00112233445566778899aabbccddeeff";
  test("a cookie of the old secret is taken, and one of the new goes back", () => {
    const [state, back] = open(cookie, client, made + 10, secrets(second, first));
    expect(state).toBe("valid");
    expect(open(back, client, made + 10, secrets(second))).toEqual(["valid", back]);
  });
  test("a secret to come is taken and makes none", () => {
    expect(open(cookie, client, made, secrets(first, second))).toEqual(["valid", cookie]);
    const [, ofSecond] = open("2464c4abcf10c957", client, made, secrets(second));
    expect(open(ofSecond, client, made, secrets(first, second))).toEqual(["valid", cookie]);
  });
  test("a cookie of a secret that is gone is bad", () => {
    expect(open(cookie, client, made, secrets(second))[0]).toBe("bad");
  });
});

describe("DNS-C-17 a cookie that is not ours for this client", () => {
  test.each([
    ["from another address", cookie, "198.51.100.101"],
    ["with another client's part", cookie.replace("2464", "2465"), client],
    ["with another time", cookie.replace("5cf79f11", "5cf79f12"), client],
    ["with the last bit of the hash changed", cookie.replace(/80$/, "81"), client],
    ["of another version", cookie.replace("57010000", "57020000"), client],
    ["of 8 octets", cookie.slice(0, 32), client],
    ["of 32 octets", `${cookie}${"00".repeat(16)}`, client],
  ])("%s is bad, and a good one goes back", (_, sent, from) => {
    const known = secrets(first);
    const [state, back] = open(sent, from, made, known);
    expect(state).toBe("bad");
    expect(open(back, from, made, known)).toEqual(["valid", back]);
  });
});

test("DNS-C-17 an option has 8 octets, or 16 to 40", () => {
  const sound = Array.from({ length: 60 }, (_, octets) => octets).filter((octets) => isCookieLength(octets));
  expect(sound).toEqual([8, ...Array.from({ length: 25 }, (_, index) => 16 + index)]);
});

test.each(["", "e5e973e5", `${first}00`, `${first.slice(1)}g`])("%j is no secret", (text) => {
  expect(parseCookieSecret(text).ok).toBe(false);
});
