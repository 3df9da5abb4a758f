import { createSecretKey } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fetchZone } from "../../server/src/engine/dns-transfer-client/fetch-zone.ts";
import { eventually, freePort } from "../rig/peer.ts";
import {
  keyOf,
  type Primary,
  type RunningSecondary,
  secretOf,
  type SecondaryMake,
  serialAt,
  startPrimary,
  startSecondary,
  transferred,
  zoneOf,
} from "./dns-transfer-rig.ts";

const origin = "dkim.example.com";
const primaryHost = "127.54.18.1";
const makes: readonly SecondaryMake[] = ["nsd", "knot", "bind"];
/** BIND listens on addresses that an interface has, and on no other of 127.0.0.0/8. */
const hostOf = (make: SecondaryMake): string =>
  make === "bind" ? "127.0.0.1" : `127.54.18.${2 + makes.indexOf(make)}`;
const keyNames = makes.map((make, index) => ({
  make,
  key: keyOf(`${make}.keys.example`, index + 1),
  secret: secretOf(index + 1),
}));

const keyRecord = (name: string, fill: string): string =>
  `${name}._domainkey 300 TXT "v=DKIM1; k=rsa; p=${fill.repeat(200)}" "${fill.repeat(190)}"\n`;
const many = Array.from({ length: 200 }, (_, index) =>
  keyRecord(`s${index % 2}`, "A").replace("._domainkey", `._domainkey.c${index >> 1}`),
);
const rest = 'wild.*.x 60 TXT "a"\nsub 60 NS ns.sub\nns.sub 60 A 192.0.2.1\nodd 60 TYPE65280 \\# 2 0102\n';
const first = 4_294_967_290;
/** Three changes, over the end of the serials: a key more, a key another, a name gone. */
const versions = [
  zoneOf(origin, first, many.join("") + rest),
  zoneOf(origin, 4_294_967_295, many.join("") + rest + keyRecord("new", "B")),
  zoneOf(origin, 1, many.slice(1).join("") + rest + keyRecord("new", "C")),
  zoneOf(origin, 2, many.slice(1).join("") + rest.replace("odd", "even")),
] as const;
const other = zoneOf("other.example", 7, "a 60 A 192.0.2.7\n");

let primary: Primary;
const running: RunningSecondary[] = [];
beforeAll(async () => {
  const ports = await Promise.all(makes.map((make) => freePort(hostOf(make))));
  const secondaries = keyNames.map(({ make, key }, index) => ({
    name: make,
    addresses: [{ host: hostOf(make), port: ports[index]! }],
    keys: [key],
  }));
  const keys = keyNames.map(({ key }) => key);
  primary = await startPrimary({ host: primaryHost, keys, secondaries, zones: [versions[0], other] });
  const started = keyNames.map(({ make, key, secret }, index) =>
    startSecondary(make, {
      host: hostOf(make),
      port: ports[index]!,
      primary,
      key,
      secret,
      zones: [origin, "other.example"],
    }),
  );
  for (const one of await Promise.allSettled(started)) if (one.status === "fulfilled") running.push(one.value);
  await Promise.all(started);
});
afterAll(async () => {
  await Promise.all(running.map((one) => one.stop()));
  await primary?.close();
});

/** Asks us as a secondary may, for what it should have. */
const ours = (): Promise<string[]> => {
  const { make, key, secret } = keyNames[0]!;
  return transferred(primary, origin, "-b", hostOf(make), "-y", `${key.algorithm}:${key.name}:${secret}`);
};
const untilSerial = (serial: number): Promise<unknown> =>
  Promise.all(
    running.map((one) =>
      eventually(async () => ((await serialAt(one, origin)) === serial ? true : undefined), {
        seconds: 20,
        otherwise: () => `${one.make} does not have serial ${serial}:\n${one.peer.output().slice(-3000)}`,
      }),
    ),
  );

describe("NSD, Knot and BIND", () => {
  test("DNS-D-06 DNS-D-18 fetch a zone whole, every message signed", async () => {
    await untilSerial(first);
    const source = await ours();
    expect(source.length).toBe(206);
    for (const one of running) expect(await transferred(one, origin), one.make).toEqual(source);
    for (const make of makes)
      expect(primary.transfers).toContainEqual(
        expect.objectContaining({ secondary: make, origin, sent: "axfr", event: "sent" }),
      );
  });

  test.each([1, 2, 3] as const)(
    "DNS-D-13 DNS-D-03 DNS-D-01 hear of change %i, fetch what changed, and have the same zone",
    async (version) => {
      const zone = versions[version];
      primary.transfers.length = 0;
      primary.notifies.length = 0;
      primary.publish(zone);
      await untilSerial(zone.serial);
      const source = await ours();
      for (const one of running) {
        expect(await transferred(one, origin), one.make).toEqual(source);
        const events = primary.transfers.filter((event) => event.event === "sent" && event.secondary === one.make);
        expect(events, one.make).toContainEqual(expect.objectContaining({ sent: "ixfr", serial: zone.serial }));
        expect(primary.notifies, one.make).toContainEqual(
          expect.objectContaining({ event: "notified", secondary: one.make, serial: zone.serial }),
        );
      }
    },
  );

  test("DNS-D-18 sign what they send in turn, and we believe every message of it", async () => {
    for (const [index, one] of running.entries()) {
      const source = { address: one.host, port: one.port };
      const now = (): number => Date.now() / 1000;
      const fetched = await fetchZone({ ...source, key: keyNames[index]!.key }, origin, { now });
      expect(fetched, one.make).toMatchObject({ result: "transferred", transferred: { kind: "whole", serial: 2 } });
      const wrong = { ...keyNames[index]!.key, secret: createSecretKey(Buffer.alloc(32, 77)) };
      expect(await fetchZone({ ...source, key: wrong }, origin, { now }), one.make).toMatchObject({
        failure: "untrusted",
      });
    }
  });

  test("F-26 keep the zone they have when a transfer is broken off, and serve the new one when it comes whole", async () => {
    const before = await ours();
    const next = zoneOf(origin, 10, many.join("") + rest.repeat(1) + 'late 60 TXT "late"\n');
    primary.transfers.length = 0;
    primary.breaksOff = true;
    primary.publish(next, "forgetful");
    for (const one of running)
      await eventually(
        () =>
          primary.transfers.some((event) => event.event === "broken-off" && event.secondary === one.make) || undefined,
        { seconds: 20, otherwise: () => `${one.make} did not come:\n${one.peer.output().slice(-3000)}` },
      );
    for (const one of running) {
      expect(await serialAt(one, origin), one.make).toBe(2);
      expect(await transferred(one, origin), one.make).toEqual(before);
    }
    primary.breaksOff = false;
    const last = zoneOf(origin, 11, many.join("") + rest);
    primary.publish(last, "forgetful");
    await untilSerial(11);
    const source = await ours();
    for (const one of running) expect(await transferred(one, origin), one.make).toEqual(source);
  });
});
