import { expect, test } from "vitest";
import { catalogueOf, entry } from "../../provider/test-catalogue.ts";
import type { SelectorEvidence } from "../evidence.ts";
import { likelyTargets, type TargetHints } from "./likely-targets.ts";

const withAlias = (selector: string, target: string): SelectorEvidence => {
  const keyName = `${selector}._domainkey.example.com`;
  const aliases = [{ name: keyName, target, ttlSeconds: 60 }];
  return {
    selector,
    keyName,
    sources: ["zone"],
    chain: { aliases, finalName: target, outcome: "absent", reason: "nxdomain" },
  };
};
const likely = (selector: string, hints: Partial<TargetHints>): string[] =>
  likelyTargets(selector, { domain: "example.com", expected: undefined, selectors: [], namesInZone: [], ...hints });

test("what was said comes first", () => {
  expect(likely("s1", { expected: "s1.esp.example", namesInZone: ["s1.other.example"] })[0]).toBe("s1.esp.example");
});

test("AUD-C-10 another selector's alias shows the form", () => {
  const selectors = [withAlias("s2", "s2.domainkey.u1.esp.example"), withAlias("s3", "other.esp.example")];
  expect(likely("s1", { selectors })).toEqual(["s1.domainkey.u1.esp.example"]);
  const microsofts = [withAlias("selector2", "selector2-example-com._domainkey.esp.example")];
  expect(likely("selector1", { selectors: microsofts })).toEqual(["selector1-example-com._domainkey.esp.example"]);
});

test("AUD-C-10 a provider that gives every customer the same target", () => {
  const catalogue = catalogueOf(
    entry("shop", {
      selectors: [{ pattern: "k2" }],
      targets: [{ pattern: "dkim2.shop.example", example: "dkim2.shop.example" }],
    }),
  );
  expect(likely("k2", { catalogue })).toEqual(["dkim2.shop.example"]);
  expect(likely("k3", { catalogue })).toEqual([]);
});

test("AUD-C-10 in a file, names outside that begin with the selector, and are neither others' key names nor others' targets", () => {
  const namesInZone = [
    "s1.example.com",
    "s1.esp.example",
    "k1.esp.example",
    "s1._domainkey.example.net",
    "s1.taken.example",
  ];
  expect(likely("s1", { namesInZone, selectors: [withAlias("x", "s1.taken.example")] })).toEqual(["s1.esp.example"]);
});
