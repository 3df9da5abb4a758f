import { expect, test } from "vitest";
import { chainTo, evidence, keys, selector, told } from "./test-evidence.ts";
import { ttlSuitable } from "./ttl.ts";

const own = (ttlSeconds: number, dns: "file" | "network" = "file") =>
  evidence({ dns, selectors: [selector(chainTo(keys.now.text, [], ttlSeconds))] });

test.each<[title: string, ttlSeconds: number, dns: "file" | "network", expected: string[] | string]>([
  ["two days", 172_800, "network", ["low TtlUnsuitable"]],
  ["a day", 86_400, "file", "passed"],
  ["a minute", 60, "file", "passed"],
  ["59 seconds", 59, "file", ["low TtlUnsuitable"]],
  ["59 seconds left in a resolver", 59, "network", "passed"],
])("AUD-C-02 %s", (_title, ttlSeconds, dns, expected) => {
  expect(told(ttlSuitable, own(ttlSeconds, dns))).toEqual(expected);
});

test("AUD-C-02 a provider's record is not the owner's to change, the alias to it is", () => {
  const chain = chainTo(keys.now.text, ["s1.esp.example"], 3600);
  const long = { ...chain, texts: [{ text: keys.now.text, ttlSeconds: 604_800 }] } as typeof chain;
  expect(told(ttlSuitable, evidence({ selectors: [selector(long)] }))).toBe("passed");
  const alias = chainTo(keys.now.text, ["s1.esp.example"], 604_800);
  expect(told(ttlSuitable, evidence({ selectors: [selector(alias)] }))).toEqual(["low TtlUnsuitable"]);
});

test("without a selector there is nothing to say", () => {
  expect(told(ttlSuitable, evidence({ selectors: [] }))).toBe("needs evidence");
});
