import { describe, expect, test } from "vitest";
import { FakeDisk, survivals } from "./fake-disk.ts";
import { loadStore } from "./load.ts";
import { changing, contentOf, replacing, stored, zoneFrom } from "./store.fixture.ts";
import type { StoreChange } from "./store-change.ts";
import { NotStored, ZoneStore } from "./store.ts";

const path = "/store/zones";
const open = (fake: FakeDisk, problems: string[] = [], journalOctetsMin = 900): Promise<ZoneStore> =>
  ZoneStore.open({ disk: fake.disk, path, onProblem: (problem) => problems.push(problem), journalOctetsMin });
const load = (fake: FakeDisk) => loadStore(fake.disk, "/store", path);

const key = (serial: number): string => `s${serial}._domainkey 60 TXT "v=DKIM1; p=${"x".repeat(100)}"\n`;
const zoneAt = (serial: number) =>
  zoneFrom("example.com", serial, Array.from({ length: serial }, (_, index) => key(index)).join(""));
const other = zoneFrom("example.net", 5);
const overlaid = stored(zoneAt(4), {
  baseSerial: 3,
  overlay: [
    {
      name: "www.example.com",
      type: 1,
      records: [{ name: "www.example.com", type: 1, ttl: 60, data: Uint8Array.of(192, 0, 2, 1) }],
      hidden: [],
    },
  ],
});

/** One of each kind of change, with enough of them that the journal is folded into a snapshot on the way. */
const changes: StoreChange[] = [
  replacing(10, zoneAt(1), other),
  { followed: 11, steps: [changing(zoneAt(1), zoneAt(2))] },
  { followed: 12, steps: [changing(zoneAt(2), zoneAt(3)), { kind: "removed", origin: "example.net" }] },
  { followed: 12, steps: [{ ...changing(zoneAt(3), zoneAt(4)), next: overlaid } as never] },
  { followed: 13, steps: [{ kind: "rebased", next: stored(zoneAt(4)) }] },
  { followed: 14, steps: [changing(zoneAt(4), zoneAt(2)), changing(zoneAt(2), zoneAt(5))] },
  replacing(15, zoneFrom("example.net", 6), zoneAt(6)),
  ...Array.from({ length: 6 }, (_, index) => ({
    followed: 16 + index,
    steps: [changing(zoneAt(6 + index), zoneAt(7 + index))],
  })),
];

/** What the state is after each number of changes. */
const states: unknown[] = [];
const serials = (fake: ZoneStore): number[] => fake.history.of("example.com").map(({ toSerial }) => toSerial);

test("what was committed is found again, change by change, with the history of each zone", async () => {
  let fake = new FakeDisk();
  for (const [index, change] of changes.entries()) {
    const store = await open(fake);
    expect(store.problems).toEqual([]);
    if (index > 0) expect(contentOf(store.state)).toEqual(states[index]);
    else states.push(undefined);
    await store.commit(change);
    await store.close();
    states.push(contentOf(store.state));
    fake = fake.afterPowerCut("nothing");
  }
  const store = await open(fake);
  expect(contentOf(store.state)).toEqual(states.at(-1));
  expect(store.state.zones.get("example.com")?.zone.serial).toBe(12);
  expect(serials(store).at(-1)).toBe(12);
  expect(serials(store).length).toBeGreaterThan(2);
  expect(store.history.of("example.net")).toEqual([]);
});

test("one change costs what it costs: no snapshot is written for it", async () => {
  const fake = new FakeDisk();
  const store = await open(fake);
  for (const change of changes.slice(0, 2)) await store.commit(change);
  const before = fake.operations;
  await store.commit(changes[2]!);
  expect(fake.log.slice(before)).toEqual([`write ${path}.changes.2`, `sync ${path}.changes.2`]);
});

test("the journal is folded into a snapshot when it has grown, and what the snapshot before makes superfluous goes", async () => {
  const fake = new FakeDisk();
  const store = await open(fake);
  for (const change of changes) {
    await store.commit(change);
    await new Promise(setImmediate);
  }
  await store.close();
  expect(fake.log.filter((operation) => operation.startsWith(`rename ${path}.new`)).length).toBeGreaterThan(2);
  const journals = fake.files.filter((name) => name.startsWith(`${path}.changes.`));
  expect(journals.length).toBeLessThanOrEqual(3);
  expect(fake.files).toEqual([path, ...journals, `${path}.previous`]);
  fake.put(path, Buffer.from("torn"));
  expect(contentOf((await load(fake)).state)).toEqual(states.at(-1)); // the one before, and all that came since
});

describe("F-16 whatever stops the process, the state before or after the change is found, whole", () => {
  const run = async (fake: FakeDisk, from: number): Promise<number> => {
    const store = await open(fake);
    let done = from;
    try {
      for (const change of changes.slice(from)) {
        await store.commit(change);
        done += 1;
        await new Promise(setImmediate);
      }
      await store.close();
    } catch (error) {
      expect(error).toBeInstanceOf(NotStored);
    }
    return done;
  };

  test.each(survivals)("power lost at every operation, %s of what was not synced survives", async (survival) => {
    const whole = new FakeDisk();
    await run(whole, 0);
    expect(whole.operations).toBeGreaterThan(60);
    for (let cut = 1; cut <= whole.operations; cut++) {
      const fake = new FakeDisk();
      fake.failWhen((_, count) => (count >= cut ? "EPOWER" : undefined));
      const done = await run(fake, 0);
      const next = fake.afterPowerCut(survival);
      const { state } = await load(next);
      const found = contentOf(state);
      expect([states[done], states[done + 1]], `cut at ${cut}, ${fake.log.at(-1)}`).toContainEqual(found);
      const generation = state?.generation ?? 0;
      expect(await run(next, generation), `going on after ${cut}`).toBe(changes.length);
      expect(contentOf((await load(next)).state)).toEqual(states.at(-1));
    }
  });

  test("a journal cut at any octet gives the changes that are whole, and says what was dropped", async () => {
    const fake = new FakeDisk();
    const store = await open(fake, [], 1e6);
    for (const change of changes.slice(0, 4)) await store.commit(change);
    const journal = `${path}.changes.2`;
    const whole = fake.content(journal);
    let best = 0;
    for (let length = 0; length < whole.length; length++) {
      fake.put(journal, whole.subarray(0, length));
      const { state, problems } = await load(fake);
      expect(states.slice(1, 4)).toContainEqual(contentOf(state));
      expect(state!.generation).toBeGreaterThanOrEqual(best);
      best = state!.generation;
      expect(problems.length).toBeLessThanOrEqual(1);
    }
    expect(best).toBe(3);
  });

  test("a journal with any octet changed is believed up to there", async () => {
    const fake = new FakeDisk();
    const store = await open(fake, [], 1e6);
    for (const change of changes.slice(0, 4)) await store.commit(change);
    const journal = `${path}.changes.2`;
    const whole = fake.content(journal);
    for (let at = 0; at < whole.length; at += 3) {
      const changed = Buffer.from(whole);
      changed[at]! ^= 0x10;
      fake.put(journal, changed);
      const { state, problems } = await load(fake);
      expect(states.slice(1, 4)).toContainEqual(contentOf(state));
      expect(problems).toHaveLength(1);
    }
  });

  test("a snapshot cut or changed at any octet gives the one before, with every change since", async () => {
    const fake = new FakeDisk();
    await run(fake, 0);
    const whole = fake.content(path);
    for (let at = 0; at < whole.length; at += 7) {
      for (const damaged of [
        whole.subarray(0, at),
        Buffer.concat([whole.subarray(0, at), Buffer.of(whole[at]! ^ 1), whole.subarray(at + 1)]),
      ]) {
        fake.put(path, damaged);
        const { state, problems } = await load(fake);
        expect(contentOf(state)).toEqual(states.at(-1));
        expect(problems).toHaveLength(1);
      }
    }
  });

  test("D2 with neither snapshot there is no state, whatever journals lie about", async () => {
    const fake = new FakeDisk();
    await run(fake, 0);
    fake.put(path, Buffer.from("torn"));
    fake.put(`${path}.previous`, Buffer.from("torn"));
    const { state, problems } = await load(fake);
    expect(state).toBeUndefined();
    expect(problems.length).toBeGreaterThanOrEqual(2);
  });

  test("a journal that follows something lost never counts, also when its generation comes again", async () => {
    const fake = new FakeDisk();
    await run(fake, 0);
    const journals = fake.files.filter((name) => name.includes(".changes."));
    const first = Math.min(...journals.map((name) => Number(name.split(".").at(-1))));
    fake.put(`${path}.changes.${first}`, Buffer.from("torn"));
    fake.put(path, Buffer.from("torn"));
    const { state } = await load(fake);
    expect(states).toContainEqual(contentOf(state));
    expect(await run(fake, state!.generation)).toBe(changes.length);
    expect(contentOf((await load(fake)).state)).toEqual(states.at(-1));
  });
});

describe("a disk that fails", () => {
  test("F-14 full: the change is refused, nothing is left lying about, and later ones work again", async () => {
    const fake = new FakeDisk();
    const store = await open(fake);
    for (const change of changes.slice(0, 3)) await store.commit(change);
    fake.failWhen((operation) => (operation.startsWith("write") ? "ENOSPC" : undefined));
    for (let tries = 0; tries < 3; tries++)
      await expect(store.commit(changes[3]!)).rejects.toMatchObject({ name: "NotStored", state: "retry" });
    expect(contentOf(store.state)).toEqual(states[3]);
    expect(contentOf((await load(fake)).state)).toEqual(states[3]);
    expect(fake.files.filter((name) => name.endsWith(".new"))).toEqual([]);
    fake.failWhen(() => undefined);
    for (const change of changes.slice(3)) await store.commit(change);
    expect(contentOf((await load(fake.afterPowerCut("nothing"))).state)).toEqual(states.at(-1));
  });

  test("F-14 full while the journal is folded: it grows on, and is folded when there is room", async () => {
    const fake = new FakeDisk();
    const problems: string[] = [];
    const store = await open(fake, problems);
    fake.failWhen((operation) =>
      operation === `write ${path}.new` && fake.files.includes(path) ? "ENOSPC" : undefined,
    );
    for (const change of changes) {
      await store.commit(change);
      await new Promise(setImmediate);
    }
    expect(problems.length).toBeGreaterThan(0);
    expect(problems[0]).toMatch(/cannot be written \(ENOSPC/);
    await store.close();
    expect(contentOf((await load(fake)).state)).toEqual(states.at(-1));
    expect(fake.files).not.toContain(`${path}.new`);
  });

  test("a snapshot that got its name and was then not durable is not written beside", async () => {
    const fake = new FakeDisk();
    const store = await open(fake);
    fake.failWhen((operation) => (operation === "sync /store" ? "EMFILE" : undefined));
    await expect(store.commit(changes[0]!)).rejects.toMatchObject({ state: "lost" });
    fake.failWhen(() => undefined);
    await expect(store.commit(replacing(9, other))).rejects.toMatchObject({ state: "lost" });
    expect([undefined, states[1]]).toContainEqual(contentOf((await load(fake)).state));
  });

  test("F-15 an fsync that failed is never taken for one that worked: nothing is stored from there on", async () => {
    const fake = new FakeDisk();
    const store = await open(fake);
    for (const change of changes.slice(0, 3)) await store.commit(change);
    fake.failWhen((operation) => (operation.startsWith("sync") ? "EIO" : undefined));
    await expect(store.commit(changes[3]!)).rejects.toMatchObject({ state: "lost" });
    fake.failWhen(() => undefined);
    const before = fake.operations;
    await expect(store.commit(changes[3]!)).rejects.toMatchObject({ state: "lost" });
    expect(fake.operations).toBe(before);
    expect(store.lost).toMatch(/EIO/);
    expect(contentOf(store.state)).toEqual(states[3]);
  });
});
