import {
  buildZone,
  formatMessage,
  parseMessage,
  parseZoneFile,
  tsigKeyFromText,
  verifyRequest,
  zoneSet,
  type Message,
  type TsigKey,
  type Zone,
} from "chancery/dns";
import { createSocket, type RemoteInfo } from "node:dgram";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, expect, test } from "vitest";
import type { NotifyEvent, NotifyPace } from "./notify-target.ts";
import { startNotifier, type Notifier } from "./notifier.ts";

const now = 1_795_000_000;
const key = ((): TsigKey => {
  const secret = Buffer.alloc(32, 1).toString("base64");
  const read = tsigKeyFromText({ name: "ns2.example", algorithm: "hmac-sha256", secret });
  return read.ok ? read.value : expect.fail(read.problem);
})();
const zoneOf = (origin: string, serial: number): Zone => {
  const records = parseZoneFile(`@ 60 SOA ns h ${serial} 7200 900 1209600 300\n@ 60 NS ns`, { origin });
  const zone = buildZone(origin, records.ok ? records.value : expect.fail(records.problem));
  return zone.ok ? zone.value : expect.fail(zone.problem);
};

const open: { close(): Promise<unknown> }[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((thing) => thing.close()));
});

type Came = { message: Message; bytes: Uint8Array; at: number; from: RemoteInfo };
/** A secondary: what it was told, and what it answers to each (nothing: undefined). */
async function secondary(answer: (came: Came, count: number) => Uint8Array | undefined, port = 0) {
  const socket = createSocket("udp4");
  socket.bind(port, "127.0.0.1");
  await once(socket, "listening");
  const came: Came[] = [];
  socket.on("message", (bytes, from) => {
    const read = parseMessage(bytes);
    const one = { message: read.ok ? read.value : expect.fail(read.problem), bytes, at: performance.now(), from };
    came.push(one);
    const reply = answer(one, came.length);
    if (reply) socket.send(reply, from.port, from.address);
  });
  const close = (): Promise<void> => new Promise((closed) => void socket.close(() => closed()));
  open.push({ close: () => close().catch(() => {}) });
  return { port: socket.address().port, came, socket };
}
const ok = ({ message }: Pick<Came, "message">, change: Partial<Message> = {}): Uint8Array =>
  formatMessage({ ...message, response: true, answers: [], additional: [], ...change });
/** The same, signed. */
const okSigned = ({ bytes, message }: Came): Uint8Array => {
  const verified = verifyRequest(bytes, new Map([[key.name, key]]), now);
  if (verified.signature !== "valid") return expect.fail(verified.signature);
  return verified.signer.sign(ok({ message }), now);
};

const changed = (octets: Uint8Array): Uint8Array =>
  octets.map((octet, at) => (at === octets.length - 20 ? ~octet : octet));

const fast: Partial<NotifyPace> = { firstRetrySeconds: 0.05, retrySecondsMax: 0.2 };
function notifier(
  port: number,
  zones: readonly Zone[],
  options: { pace?: Partial<NotifyPace>; key?: TsigKey; now?: () => number; from?: string } = {},
): { notifier: Notifier; events: NotifyEvent[]; serve(zones: readonly Zone[]): void } {
  const events: NotifyEvent[] = [];
  let served = { zones: zoneSet(zones), history: () => [] };
  const started = startNotifier({
    served: () => served,
    to: [{ secondary: "ns2", address: "127.0.0.1", port, key: options.key }],
    from: options.from ?? "0.0.0.0",
    now: options.now ?? (() => now),
    onEvent: (event) => events.push(event),
    pace: { ...fast, ...options.pace },
  });
  open.push(started);
  return { notifier: started, events, serve: (next) => (served = { zones: zoneSet(next), history: () => [] }) };
}
const until = async (condition: () => boolean): Promise<void> => {
  for (let tries = 0; !condition() && tries < 500; tries++) await sleep(10);
  expect(condition()).toBe(true);
};
const zone = zoneOf("example.com", 5);

test("DNS-D-03 a change is told with the new SOA, signed, until it is answered", async () => {
  const { port, came } = await secondary(okSigned);
  const told = notifier(port, [zone], { key });
  told.notifier.tell(["example.com"]);
  await until(() => told.events.length > 0);
  expect(told.events).toEqual([
    { event: "notified", secondary: "ns2", address: "127.0.0.1", origin: "example.com", serial: 5, tries: 1 },
  ]);
  expect(came[0]?.message).toMatchObject({ opcode: 4, authoritative: true, answers: [{ type: 6 }] });
  expect(told.notifier.state()).toMatchObject([{ waiting: 0, unansweredSince: undefined }]);
  expect(told.notifier.state()[0]?.acknowledged.get("example.com")).toBe(5);
});

test("DNS-D-03 what is lost is told again, later and later", async () => {
  const { port, came } = await secondary((one, count) => (count < 4 ? undefined : ok(one)));
  const told = notifier(port, [zone]);
  told.notifier.tell(["example.com"]);
  await until(() => told.events.length > 0);
  expect(told.events).toMatchObject([{ event: "notified", tries: 4 }]);
  const waits = came.slice(1).map(({ at }, index) => at - came[index]!.at);
  expect(waits[1]).toBeGreaterThan(waits[0]! * 1.3);
  expect(waits[2]).toBeGreaterThan(waits[1]! * 1.3);
});

test("DNS-D-03 a wrong ID, another source, a wrong zone and a missing or wrong signature are no answers", async () => {
  const stranger = createSocket("udp4");
  open.push({ close: () => new Promise<void>((closed) => void stranger.close(closed)) });
  const { port } = await secondary((one, count) => {
    stranger.send(okSigned(one), one.from.port, one.from.address);
    if (count === 1) return ok(one, { id: one.message.id ^ 1 });
    if (count === 2) return ok(one);
    if (count === 3) return changed(okSigned(one));
    if (count === 4) return ok(one, { questions: [{ name: "example.net", type: 6, class: 1 }] });
    return okSigned(one);
  });
  const told = notifier(port, [zone], { key });
  told.notifier.tell(["example.com"]);
  await until(() => told.events.some(({ event }) => event === "notified"));
  expect(told.events.at(-1)).toMatchObject({ event: "notified", tries: 5 });
  expect(told.events.filter(({ event }) => event === "notify-not-believed")).toHaveLength(3);
});

test("a refusal is noted, and not told again", async () => {
  const { port, came } = await secondary((one) => ok(one, { rcode: 9 }));
  const told = notifier(port, [zone]);
  told.notifier.tell(["example.com"]);
  await until(() => told.events.length > 0);
  await sleep(150);
  expect(told.events).toMatchObject([{ event: "notify-refused", origin: "example.com", rcode: 9 }]);
  expect(came).toHaveLength(1);
  expect(told.notifier.state()[0]?.acknowledged.size).toBe(0);
});

test("a refusal that is not signed, as NSD's, is noted all the same", async () => {
  const { port, came } = await secondary((one) => ok(one, { rcode: 5 }));
  const told = notifier(port, [zone], { key });
  told.notifier.tell(["example.com"]);
  await until(() => told.events.length > 0);
  await sleep(150);
  expect(told.events).toMatchObject([{ event: "notify-refused", origin: "example.com", rcode: 5 }]);
  expect(came).toHaveLength(1);
});

test("a zone that changes again while an answer is waited for is told with its last serial, and a zone that is gone is not", async () => {
  const { port, came } = await secondary((one, count) => (count === 1 ? undefined : ok(one)));
  const told = notifier(port, [zone, zoneOf("example.org", 1)], {
    pace: { firstRetrySeconds: 60, retrySecondsMax: 60 },
  });
  told.notifier.tell(["example.com"]);
  await until(() => came.length === 1);
  told.serve([zoneOf("example.com", 6)]);
  told.notifier.tell(["example.com", "example.org"]);
  await until(() => told.events.length === 1);
  await sleep(50);
  expect(told.events).toMatchObject([{ event: "notified", origin: "example.com", serial: 6 }]);
  expect(came).toHaveLength(2);
});

test("a thousand zones at once are told at a pace, each once", async () => {
  const { port, came } = await secondary((one) => ok(one));
  const zones = Array.from({ length: 1000 }, (_, index) => zoneOf(`z${index}.example`, 1));
  const told = notifier(port, zones, { pace: { perSecond: 3000 } });
  for (let again = 0; again < 3; again++) told.notifier.tell(zones.map(({ origin }) => origin));
  await sleep(60);
  expect(came.length).toBeLessThan(700);
  await until(() => told.events.length >= 1000);
  expect(new Set(told.events.map((event) => event.origin)).size).toBe(1000);
  expect(came.length).toBeLessThan(1100); // some of the first were told again when they changed again
});

test("a secondary that is away gets a trickle, and everything when it is back", async () => {
  const away = await secondary(() => undefined);
  const zones = Array.from({ length: 30 }, (_, index) => zoneOf(`z${index}.example`, 1));
  let seconds = now;
  const pace = { unansweredMax: 5, giveUpSeconds: 100 };
  const told = notifier(away.port, zones, { pace, now: () => seconds });
  told.notifier.tell(zones.map(({ origin }) => origin));
  await until(() => told.events.some(({ event }) => event === "unanswered"));
  expect(new Set(away.came.map(({ message }) => message.questions[0]?.name)).size).toBe(5);
  expect(told.events.filter(({ event }) => event === "unanswered")).toHaveLength(1);
  expect(told.notifier.state()).toMatchObject([{ waiting: 30, unansweredSince: now }]);
  seconds += 101;
  await until(() => told.events.filter(({ event }) => event === "gave-up").length >= 5);
  seconds -= 101;
  expect(told.notifier.state()[0]?.waiting).toBe(30);
  away.socket.close();
  await secondary((one) => ok(one), away.port);
  await until(() => told.events.filter(({ event }) => event === "notified").length === 30);
  expect(told.notifier.state()).toMatchObject([{ waiting: 0, unansweredSince: undefined }]);
});

test("an address that cannot be reached is like one that is silent", async () => {
  const events: NotifyEvent[] = [];
  const to = { secondary: "far", address: "192.0.2.1", port: 53, key: undefined };
  const served = { zones: zoneSet([zone]), history: () => [] };
  const started = startNotifier({
    served: () => served,
    to: [to],
    from: "127.0.0.1", // there is no way from here to there
    now: () => now,
    onEvent: (event) => events.push(event),
    pace: fast,
  });
  open.push(started);
  started.tell(["example.com"]);
  await until(() => events.length > 0);
  expect(events).toMatchObject([{ event: "unanswered", secondary: "far" }]);
});

test("it comes from the address that we listen on", async () => {
  const { port, came } = await secondary((one) => ok(one));
  const told = notifier(port, [zone], { from: "127.0.0.77" });
  told.notifier.tell(["example.com"]);
  await until(() => told.events.length > 0);
  expect(came[0]?.from.address).toBe("127.0.0.77");
});

test("a zone that is signed as it is asked is told to nobody: a copy would be bogus", async () => {
  const { port, came } = await secondary((one) => ok(one));
  const told = notifier(port, [{ ...zone, signing: {} } as Zone]);
  told.notifier.tell(["example.com"]);
  await sleep(100);
  expect(came).toEqual([]);
});
