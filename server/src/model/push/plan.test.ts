import * as fc from "fast-check";
import { mxData, nameData, soaData, TYPE, txtData, type ResourceRecord, type Rrset } from "chancery/dns";
import { expect, test } from "vitest";
import { isSameRrset } from "../zone/rrset.ts";
import { keyOf, planPush, pushedPart } from "./plan.ts";

const origin = "dkim.esp.example";
const record = (name: string, type: number, data: Uint8Array): ResourceRecord => ({ name, type, ttl: 60, data });
const soa = soaData({ mname: "ns", rname: "h", serial: 1, refresh: 1, retry: 1, expire: 1, minimum: 1 });

test("what a server says for itself is not pushed: SOA, NS at the top, and what it signs with", () => {
  const pushed = pushedPart(origin, [
    record(origin, TYPE.SOA, soa),
    record(origin, TYPE.NS, nameData("ns1.esp.example")),
    record(origin, TYPE.DNSKEY, new Uint8Array(4)),
    record(`s1.${origin}`, TYPE.RRSIG, new Uint8Array(20)),
    record(`s1.${origin}`, TYPE.TXT, txtData("v=DKIM1; p=")),
    record(`sub.${origin}`, TYPE.NS, nameData("ns.example.net")),
    record(origin, TYPE.MX, mxData(10, "a.example")),
    record(origin, TYPE.MX, mxData(20, "b.example")),
  ]);
  expect(pushed.map(({ name, type, data }) => `${name} ${type} ${data.length}`)).toEqual([
    `${origin} 15 2`,
    `s1.${origin} 16 1`,
    `sub.${origin} 2 1`,
  ]);
});

const rrset: fc.Arbitrary<Rrset> = fc.record({
  name: fc.constantFrom("a.example", "b.example", "c.example"),
  type: fc.constantFrom<number>(TYPE.TXT, TYPE.A),
  ttl: fc.constantFrom(60, 300),
  data: fc.uniqueArray(fc.uint8Array({ minLength: 4, maxLength: 4 }), { minLength: 1, maxLength: 3, selector: String }),
});
const zone = fc.uniqueArray(rrset, { maxLength: 6, selector: keyOf });

test("the changes lead from what was pushed to what is wanted, name what stands there, and touch nothing else", () => {
  fc.assert(
    fc.property(zone, zone, (wanted, pushed) => {
      const there = new Map(pushed.map((set) => [keyOf(set), set]));
      for (const { before, after } of planPush(wanted, pushed)) {
        const key = keyOf(before ?? after!);
        expect(there.get(key)).toBe(before);
        if (before && after) expect(isSameRrset(before, after)).toBe(false);
        if (after) there.set(key, after);
        else there.delete(key);
      }
      expect([...there.values()].every((set) => wanted.some((other) => isSameRrset(set, other)))).toBe(true);
      expect(there.size).toBe(wanted.length);
    }),
  );
});

test("what goes, goes before what comes, so that an alias can take its place", () => {
  const txt: Rrset = { name: "a.example", type: TYPE.TXT, ttl: 60, data: [txtData("x")] };
  const alias: Rrset = { name: "a.example", type: TYPE.CNAME, ttl: 60, data: [nameData("b.example")] };
  expect(planPush([alias], [txt]).map(({ after }) => after?.type)).toEqual([undefined, TYPE.CNAME]);
});
