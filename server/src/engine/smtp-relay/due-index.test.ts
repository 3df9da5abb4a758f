import { expect, test } from "vitest";
import { DueIndex } from "./due-index.ts";

const all = (): boolean => true;

function filled(capacity: number, entries: [tenant: string, due: number][]): DueIndex {
  const index = new DueIndex(capacity);
  entries.forEach(([tenant, due], at) => index.add({ id: `${tenant}${at}`, tenant, due }));
  return index;
}

const taken = (index: DueIndex, now: number): string[] => {
  const ids: string[] = [];
  for (let next = index.take(now, all); next !== undefined; next = index.take(now, all)) ids.push(next.id);
  return ids;
};

test("the soonest leaves first, equal ones in the order they came", () => {
  expect(
    taken(
      filled(9, [
        ["a", 3],
        ["a", 1],
        ["a", 2],
        ["a", 1],
      ]),
      5,
    ),
  ).toEqual(["a1", "a3", "a2", "a0"]);
});

test("what is not due stays", () => {
  const index = filled(9, [
    ["a", 3],
    ["a", 1],
  ]);
  expect(taken(index, 2)).toEqual(["a1"]);
  expect(index.earliest(all)).toBe(3);
});

test("F-46 tenants take turns, however much one of them has", () => {
  const index = filled(99, [
    ["a", 1],
    ["a", 1],
    ["a", 1],
    ["a", 1],
    ["b", 1],
    ["c", 1],
  ]);
  expect(
    taken(index, 1)
      .map((id) => id[0])
      .join(""),
  ).toBe("abcaaa");
});

test("a tenant that may not start is passed over", () => {
  const index = filled(9, [
    ["a", 1],
    ["b", 1],
  ]);
  expect(index.take(1, (tenant) => tenant !== "a")?.id).toBe("b1");
});

test("M4 the index never holds more than its capacity, and the latest of the largest tenant falls out", () => {
  const index = new DueIndex(100);
  for (let at = 0; at < 10_000; at += 1) index.add({ id: `flood${at}`, tenant: "flood", due: 10_000 - at });
  for (let at = 0; at < 10; at += 1) index.add({ id: `small${at}`, tenant: "small", due: 50_000 + at });
  expect(index.size).toBe(100);
  expect(index.missing).toBeLessThan(10_001);
  for (let at = 0; at < 10; at += 1) expect(index.has(`small${at}`)).toBe(true);
  expect(index.has("flood9999")).toBe(true);
  expect(index.has("flood0")).toBe(false);
});

test("an id is held once", () => {
  const index = filled(9, []);
  index.add({ id: "x", tenant: "a", due: 1 });
  index.add({ id: "x", tenant: "a", due: 2 });
  expect(index.size).toBe(1);
});
