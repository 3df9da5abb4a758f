import { aaaaData, aData, TYPE, typeName, type ResourceRecord } from "chancery/dns";
import { describe, expect, test } from "vitest";
import type { Lookup, Resolution } from "../../../engine/resolver/resolution.ts";
import { asker } from "./ask.ts";

const name = "mail.example.com";
type Said = ResourceRecord[] | "nodata" | "nxdomain" | "timeout";

/** A DNS that says something else for each type, and how often it was asked. */
function lookupOf(said: Record<string, Said>): { lookup: Lookup; asked: string[] } {
  const asked: string[] = [];
  const lookup = (question: string, type: number): Promise<Resolution> => {
    asked.push(`${question} ${typeName(type)}`);
    const answer = said[typeName(type)] ?? "nxdomain";
    const common = {
      question: { name: question, type },
      aliases: [],
      finalName: question,
      records: [],
      zones: [],
      exchanges: [],
    };
    if (Array.isArray(answer)) return Promise.resolve({ ...common, records: answer, outcome: "present" });
    if (answer === "timeout") return Promise.resolve({ ...common, outcome: "unknown", reason: "timeout" });
    return Promise.resolve({ ...common, outcome: "absent", reason: answer });
  };
  return { lookup: { lookup }, asked };
}

const a = [{ name, type: TYPE.A, ttl: 60, data: aData("192.0.2.1") }];
const aaaa = [{ name, type: TYPE.AAAA, ttl: 60, data: aaaaData("2001:db8::1") }];

describe("addresses of both families", () => {
  test.each<[title: string, A: Said, AAAA: Said, state: object]>([
    ["both", a, aaaa, { state: "present", values: ["192.0.2.1", "2001:db8::1"] }],
    ["IPv4 alone", a, "nodata", { state: "present", values: ["192.0.2.1"] }],
    ["IPv6 alone", "nodata", aaaa, { state: "present", values: ["2001:db8::1"] }],
    ["IPv4, and no answer for IPv6", a, "timeout", { state: "present", values: ["192.0.2.1"] }],
    ["no answer for IPv4, and no IPv6", "timeout", "nodata", { state: "unknown", reason: "timeout" }],
    ["no IPv4, and no answer for IPv6", "nodata", "timeout", { state: "unknown", reason: "timeout" }],
    ["neither", "nodata", "nodata", { state: "absent", cause: "no-record" }],
  ])("%s", async (_title, A, AAAA, state) => {
    expect(await asker(lookupOf({ A, AAAA }).lookup).addresses(name)).toEqual({ aliases: [], ...state });
  });
});

test("each name and type is asked once", async () => {
  const { lookup, asked } = lookupOf({});
  const ask = asker(lookup);
  await Promise.all([ask.texts(name), ask.texts(name), ask.exchanges(name), ask.texts("other.example.com")]);
  expect(asked.sort()).toEqual([`${name} MX`, `${name} TXT`, "other.example.com TXT"]);
});

test("a name too long to exist is not asked for", async () => {
  const { lookup, asked } = lookupOf({});
  const long = `${"a.".repeat(130)}example.com`;
  expect(await asker(lookup).texts(long)).toEqual({ aliases: [], state: "absent", cause: "no-such-name" });
  expect(asked).toEqual([]);
});

test.each<[said: Said, existence: string]>([
  ["nxdomain", "does-not-exist"],
  ["nodata", "exists"],
  ["timeout", "unknown"],
])("%s: %s", async (NS, existence) => {
  expect(await asker(lookupOf({ NS }).lookup).existence(name)).toBe(existence);
});
