import {
  buildZone,
  formatMessage,
  parseCookieSecret,
  parseMessage,
  parseZoneFile,
  zoneSet,
  type Message,
  plainQuery,
} from "chancery/dns";
import { describe, expect, test } from "vitest";
import type { Via } from "./answer-query.ts";
import type { RateLimiter } from "./rate-limit.ts";
import { createResponder, type ResponderOptions } from "./respond.ts";

const records = parseZoneFile("@ 60 SOA ns h 1 7200 900 1209600 300\n@ 60 NS ns\nns 60 A 192.0.2.1", {
  origin: "example.com",
});
const zone = buildZone("example.com", records.ok ? records.value : expect.fail(records.problem));
const zones = zoneSet([zone.ok ? zone.value : expect.fail(zone.problem)]);
const secret = parseCookieSecret("e5e973e5a6b2a43f48e7dc849e37bfcf");
const secrets = [secret.ok ? secret.value : expect.fail(secret.problem)];

const clock = { now: 1_559_731_985 };
const udp: Via = { transport: "udp", from: "198.51.100.100", octets: Uint8Array.of(198, 51, 100, 100) };
const other: Via = { transport: "udp", from: "198.51.100.101", octets: Uint8Array.of(198, 51, 100, 101) };
const clientPart = "2464c4abcf10c957";

const respond = (options: Partial<ResponderOptions> = {}) =>
  createResponder({
    served: () => ({ zones, history: () => [] }),
    cookies: { secrets, now: () => clock.now },
    ...options,
  });
const always = (verdict: "drop" | "slip"): RateLimiter => ({ judge: () => verdict });

const ask = (respond: ReturnType<typeof createResponder>, via: Via, cookie?: string): Message | undefined => {
  const options = cookie === undefined ? [] : [{ code: 10, data: new Uint8Array(Buffer.from(cookie, "hex")) }];
  const query = formatMessage(
    plainQuery("ns.example.com", 1, {
      id: 7,
      edns: { udpSize: 1232, version: 0, dnssecOk: false, extendedRcode: 0, options },
    }),
  );
  const octets = respond(query, via);
  if (octets === undefined) return undefined;
  const message = parseMessage(octets instanceof Uint8Array ? octets : expect.fail("one message was expected"));
  return message.ok ? message.value : expect.fail(message.problem);
};
const cookieOf = (message: Message | undefined): string => {
  const option = message?.edns?.options.find(({ code }) => code === 10);
  return Buffer.from(option?.data ?? []).toString("hex");
};
const cookie = cookieOf(ask(respond(), udp, clientPart));

test("DNS-C-18 the cookie is the one of RFC 9018, appendix A.1", () => {
  expect(cookie).toBe("2464c4abcf10c957010000005cf79f111f8130c3eee29480");
});

describe("DNS-C-22 a client over the limit", () => {
  test.each(["drop", "slip"] as const)("with a valid cookie is answered all the same (%s)", (verdict) => {
    expect(ask(respond({ limiter: always(verdict) }), udp, cookie)).toMatchObject({ rcode: 0, truncated: false });
  });

  test.each([
    ["without a server's part", clientPart, udp],
    ["with the cookie of another address", cookie, other],
  ])("DNS-C-17 %s gets BADCOOKIE and a cookie that is good from then on", (_, sent, via) => {
    const limited = respond({ limiter: always("slip") });
    const reply = ask(limited, via, sent);
    expect(reply).toMatchObject({ rcode: 23, truncated: false, answers: [], authority: [], additional: [] });
    expect(ask(limited, via, cookieOf(reply))).toMatchObject({ rcode: 0, answers: [{ type: 1 }] });
  });

  test("without cookies gets TC", () => {
    expect(ask(respond({ limiter: always("slip") }), udp)).toMatchObject({ rcode: 0, truncated: true, answers: [] });
  });

  test.each([undefined, clientPart])("whose answer is held back gets nothing (cookie %s)", (sent) => {
    expect(ask(respond({ limiter: always("drop") }), udp, sent)).toBeUndefined();
  });

  test("DNS-C-17 who asks next is not asked for a cookie because of the one before", () => {
    const verdicts: ("slip" | "send")[] = ["slip", "send"];
    const limited = respond({ limiter: { judge: () => verdicts.shift() ?? "send" } });
    expect(ask(limited, udp, clientPart)?.rcode).toBe(23);
    expect(ask(limited, udp, clientPart)?.rcode).toBe(0);
  });
});

test("DNS-C-19 the time is that of the query, not of the start", () => {
  const one = respond();
  expect(ask(one, udp, cookie)).toBeDefined();
  clock.now += 31 * 60;
  const renewed = cookieOf(ask(one, udp, cookie));
  expect(renewed).not.toBe(cookie);
  clock.now -= 31 * 60;
});
