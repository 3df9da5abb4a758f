import { afterEach, expect, test, vi } from "vitest";
import type { CopyPlace, Sight } from "./copy-watch.ts";
import { watchSecondaries, type SecondaryEvent, type SecondaryWatch } from "./watch-secondaries.ts";

const places: CopyPlace[] = ["192.0.2.2", "192.0.2.3"].map((address, at) => ({
  secondary: `ns${at + 2}`,
  address,
  port: 53,
}));
let watch: SecondaryWatch | undefined;
afterEach(() => watch?.close());

/** Two addresses that answer as `sights` says, a clock that stands, and the events that were told. */
function scene(zones: Record<string, number | "gone" | "not-copied">) {
  const events: SecondaryEvent[] = [];
  const asked: string[] = [];
  const made = {
    events,
    asked,
    zones,
    nowMs: 1000,
    sights: new Map<string, Sight>(),
    see: (sight: Sight, ...addresses: string[]) => {
      for (const address of addresses) made.sights.set(address, sight);
    },
    state: () => watch?.report().map(({ state }) => state),
  };
  made.see({ seen: "serial", serial: 1 }, "192.0.2.2", "192.0.2.3");
  watch = watchSecondaries({
    places,
    alarmSeconds: 60,
    origins: () => Object.keys(zones),
    wanted: (origin) => made.zones[origin] ?? "gone",
    nowMs: () => made.nowMs,
    onEvent: (event) => events.push(event),
    ask: (place, origin) => {
      asked.push(`${place.address} ${origin}`);
      return Promise.resolve(made.sights.get(place.address) ?? { seen: "silent" });
    },
  });
  return made;
}
const answeredBoth = (): Promise<void> =>
  vi.waitFor(() => expect(watch?.report().every(({ answeredAt }) => answeredAt !== undefined)).toBe(true));

test("DNS-F-08 a change is visible when the last address has it, and the time is told", async () => {
  const made = scene({ "a.example": 1 });
  await answeredBoth();
  made.zones["a.example"] = 2;
  watch?.changed(["a.example"]);
  made.see({ seen: "serial", serial: 2 }, "192.0.2.2");
  made.nowMs += 5000;
  await vi.waitFor(() => expect(made.state()).toEqual(["current", "behind"]));
  expect(made.events).toEqual([]);
  made.see({ seen: "serial", serial: 2 }, "192.0.2.3");
  made.nowMs += 5000;
  await vi.waitFor(() =>
    expect(made.events).toEqual([{ event: "visible-everywhere", origin: "a.example", serial: 2, seconds: 10 }]),
  );
  expect(watch?.visible()).toEqual({ lastSeconds: 10, longestSeconds: 10 });
});

test("DNS-D-30 an alarm is told once, and when it is over", async () => {
  const made = scene({ "a.example": 1 });
  await answeredBoth();
  made.zones["a.example"] = 2;
  watch?.changed(["a.example"]);
  made.see({ seen: "serial", serial: 2 }, "192.0.2.2");
  made.see({ seen: "silent" }, "192.0.2.3");
  made.nowMs += 1000;
  await vi.waitFor(() => expect(watch?.report()[1]).toMatchObject({ silentSince: 2 }));
  made.nowMs += 60_000;
  await vi.waitFor(() => expect(made.events).toMatchObject([{ event: "alarm", secondary: "ns3", silentSince: 2 }]));
  made.see({ seen: "serial", serial: 2 }, "192.0.2.3");
  made.nowMs += 10_000;
  await vi.waitFor(() =>
    expect(made.events.map(({ event }) => event)).toEqual(["alarm", "visible-everywhere", "alarm-over"]),
  );
});

test("F-24 F-25 what goes wrong by itself is found by looking at all zones in turn", async () => {
  const made = scene({ "a.example": 1, "b.example": 1 });
  await vi.waitFor(() => expect(made.asked).toHaveLength(4));
  made.see({ seen: "failing" }, "192.0.2.2");
  made.nowMs += 60_000;
  await vi.waitFor(() => expect(made.state()).toEqual(["behind", "current"]));
  made.nowMs += 6000;
  const alarms = () => made.events.filter(({ event }) => event === "alarm");
  await vi.waitFor(() => expect(alarms()).toMatchObject([{ secondary: "ns2", lagging: 2 }]));
});

test("F-24 a copy that fell back is told of, once each time", async () => {
  const made = scene({ "a.example": 1 });
  await answeredBoth();
  const told = () => made.events.filter(({ event }) => event === "fell-back");
  made.see({ seen: "serial", serial: 0 }, "192.0.2.3");
  made.nowMs += 60_000;
  await vi.waitFor(() =>
    expect(told()).toEqual([{ event: "fell-back", origin: "a.example", secondary: "ns3", address: "192.0.2.3" }]),
  );
  const before = made.asked.length;
  made.nowMs += 5000;
  await vi.waitFor(() => expect(made.asked.length).toBeGreaterThan(before));
  made.see({ seen: "serial", serial: 1 }, "192.0.2.3");
  made.nowMs += 5000;
  await vi.waitFor(() => expect(made.state()).toEqual(["current", "current"]));
  expect(told()).toHaveLength(1);
});

test("zones that are not for secondaries to copy are not asked for, and without secondaries nothing is kept", async () => {
  const made = scene({ "catalog.example": "not-copied", "a.example": 1 });
  watch?.changed(["catalog.example"]);
  await answeredBoth();
  expect(watch?.report().every(({ lagging }) => lagging === 0)).toBe(true);
  await watch?.close();
  watch = watchSecondaries({
    places: [],
    alarmSeconds: 60,
    origins: () => [],
    wanted: () => 1,
    nowMs: () => 0,
    onEvent: (event) => made.events.push(event),
  });
  watch.changed(["a.example"]);
  expect([watch.report(), watch.visible(), made.events]).toEqual([[], {}, []]);
});
