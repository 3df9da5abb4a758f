import { assert, json, property, string } from "fast-check";
import { expect, test } from "vitest";
import { parseCatalogue } from "./catalogue.ts";
import { parseProvider } from "./parse-provider.ts";
import { entry } from "./test-catalogue.ts";

const parse = (...files: { file: string; text: string }[]) => parseCatalogue({ version: "2026.1.1", files });
const targets = (pattern: string, example: string) => ({ targets: [{ pattern, example }] });

test("entries stand in the order of their ids", () => {
  const read = parse(entry("b"), entry("a"));
  expect(read.ok && [...read.value.providers.keys()]).toEqual(["a", "b"]);
});

test.each<[string, string, { file: string; text: string }[]]>([
  ["a file of another name", "a.json: the file of b has to be called b.json", [{ ...entry("b"), file: "a.json" }]],
  ["no JSON", "a.json: not JSON: ", [{ file: "a.json", text: "{" }]],
  ["a file that never ends", "a.json: longer than 32768 characters", [{ file: "a.json", text: " ".repeat(40_000) }]],
  ["a slip in a member's name", "a.json: knows no member keyhosts", [entry("a", { keyhosts: ["example.net"] })]],
  [
    "a slip deeper down",
    "a.json: targets[0]: knows no member pattren",
    [entry("a", { targets: [{ pattren: "x.example.net" }] })],
  ],
  [
    "a pattern that cannot be read",
    "a.json: nameServers[1]: two open parts in one label, at character 2",
    [entry("a", { nameServers: ["ns.example.net", "**x.example.net"] })],
  ],
  [
    "a pattern of half the world",
    "a.json: signsAs[0]: the last two labels have to be plain, so that the pattern names one owner",
    [entry("a", { signsAs: ["*.net"] })],
  ],
  [
    "an example of something else",
    "a.json: targets: b.example.net is no example of a.example.net",
    [entry("a", targets("a.example.net", "b.example.net"))],
  ],
  [
    "the same target twice",
    "a.json: targets: k1.example.net is a form of b too",
    [entry("a", targets("k1.example.net", "k1.example.net")), entry("b", targets("k1.example.net", "k1.example.net"))],
  ],
  [
    "a target that another claims more closely",
    "a.json: targets: k1.example.net is taken for b's",
    [entry("a", targets("*.example.net", "k1.example.net")), entry("b", targets("k1.example.net", "k1.example.net"))],
  ],
  [
    "a provider beneath that is not there",
    "a.json: runsOn: there is no other provider b",
    [entry("a", { runsOn: ["b"] })],
  ],
  ["one that runs on itself", "a.json: runsOn: there is no other provider a", [entry("a", { runsOn: ["a"] })]],
  [
    "too many entries in a list",
    "a.json: leaving: more than 10 entries",
    [entry("a", { leaving: Array.from({ length: 11 }, () => "x") })],
  ],
])("%s is refused, and the message names the file: %s", (_, problem, files) => {
  const read = parse(...files);
  expect(read.ok ? "" : read.problem).toContain(problem);
});

test("the version has to be one", () => {
  expect(parseCatalogue({ version: "soon", files: [] })).toMatchObject({ ok: false });
});

test("whatever stands in a file, the answer is a value", () => {
  assert(
    property(json(), (text) => typeof parseProvider(text).ok === "boolean"),
    { numRuns: 200 },
  );
  assert(
    property(string(), (text) => typeof parseProvider(text).ok === "boolean"),
    { numRuns: 200 },
  );
  expect(parseProvider("[".repeat(30_000)).ok).toBe(false);
  expect(parseProvider('{"__proto__":{"id":"a"}}').ok).toBe(false);
});
