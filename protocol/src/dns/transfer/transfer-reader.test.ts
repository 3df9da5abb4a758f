import * as fc from "fast-check";
import { expect, test } from "vitest";
import { soaData, TYPE, txtData, type ResourceRecord } from "../record/record.ts";
import { TransferReader, type Transferred } from "./transfer-reader.ts";

const origin = "example.com";
const soa = (serial: number): ResourceRecord => ({
  name: origin,
  type: TYPE.SOA,
  ttl: 300,
  data: soaData({
    mname: "ns1.example.com",
    rname: "h.example.com",
    serial,
    refresh: 1,
    retry: 1,
    expire: 1,
    minimum: 1,
  }),
});
const txt = (text: string, name = `${text}.${origin}`): ResourceRecord => ({
  name,
  type: TYPE.TXT,
  ttl: 60,
  data: txtData(text),
});

function read(records: readonly ResourceRecord[], have?: number): Transferred | string {
  const reader = new TransferReader(origin, have, 100);
  const taken = reader.take(records);
  return taken.ok ? (reader.transferred ?? taken.value) : taken.problem;
}

test("DNS-D-06 a zone is whole when the SOA that began it comes again", () => {
  expect(read([soa(5), txt("a"), txt("b")])).toBe("more");
  expect(read([soa(5), txt("a"), txt("b"), soa(5)])).toEqual({
    kind: "whole",
    serial: 5,
    records: [soa(5), txt("a"), txt("b")],
  });
  expect(read([soa(5), soa(5)])).toEqual({ kind: "whole", serial: 5, records: [soa(5)] });
});

test("DNS-D-13 changes come in steps, each from the serial where the one before ended", () => {
  const answers = [soa(7), soa(5), txt("a"), soa(6), txt("b"), soa(6), soa(7), txt("c"), txt("d"), soa(7)];
  expect(read(answers, 5)).toEqual({
    kind: "changes",
    serial: 7,
    deltas: [
      { fromSerial: 5, toSerial: 6, removed: [soa(5), txt("a")], added: [soa(6), txt("b")] },
      { fromSerial: 6, toSerial: 7, removed: [soa(6)], added: [soa(7), txt("c"), txt("d")] },
    ],
  });
  for (let length = 1; length < answers.length; length++) expect(read(answers.slice(0, length), 5)).toBe("more");
});

test("DNS-D-12 a single SOA that is no newer than what was asked from says so; a newer one is a beginning", () => {
  expect(read([soa(5)], 5)).toEqual({ kind: "current", serial: 5 });
  expect(read([soa(4)], 5)).toEqual({ kind: "current", serial: 4 });
  expect(read([soa(6)], 5)).toBe("more");
  expect(read([soa(5)])).toBe("more");
  expect(read([soa(6), txt("a"), soa(6)], 5)).toMatchObject({ kind: "whole" });
});

test.each<[string, ResourceRecord[], number | undefined, string]>([
  ["begins with another record", [txt("a")], undefined, "begins with TXT instead of SOA"],
  ["ends with another serial", [soa(5), txt("a"), soa(6)], undefined, "begins with serial 5 and ends with 6"],
  ["goes on after its end", [soa(5), soa(5), txt("a")], undefined, "goes on after its end"],
  ["begins anew after its end", [soa(5), soa(5), soa(5)], undefined, "goes on after its end"],
  ["has changes from another serial", [soa(7), soa(4)], 5, "changes from serial 4, which was not asked for"],
  ["has changes that nobody asked for", [soa(7), soa(4)], undefined, "changes from serial 4"],
  ["leaves out a step", [soa(7), soa(5), soa(6), soa(5)], 5, "changes lead to serial 6 and go on from 5"],
  ["holds a stranger's name", [soa(5), txt("a", "example.org")], undefined, "example.org is outside example.com"],
  ["holds a SOA below the apex", [soa(5), { ...soa(5), name: `a.${origin}` }], undefined, "a SOA below the apex"],
  ["is of another class", [{ ...soa(5), class: 3 }], undefined, "another class than IN"],
  [
    "is longer than agreed",
    [soa(5), ...Array.from({ length: 100 }, () => txt("a"))],
    undefined,
    "more than 100 records",
  ],
])("F-26 what %s is refused", (_, records, have, problem) => {
  expect(read(records, have)).toContain(problem);
});

test("however the records are cut into messages, the outcome is the same", () => {
  const answers = [soa(7), soa(5), txt("a"), soa(6), txt("b"), soa(6), soa(7), txt("c"), soa(7)];
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 8 }), { maxLength: 8 }), (cuts) => {
      const reader = new TransferReader(origin, 5, 100);
      const places = [...new Set([...cuts.filter((cut) => cut > 0), answers.length])].sort((a, b) => a - b);
      let from = 0;
      for (const to of places) {
        expect(reader.take(answers.slice(from, to))).toMatchObject({ ok: true });
        from = to;
      }
      expect(reader.transferred).toMatchObject({ kind: "changes", serial: 7 });
    }),
  );
});
