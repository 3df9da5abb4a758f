import { describe, expect, test } from "vitest";
import { selectorFrom, selectorTemplateProblem } from "./selector.ts";

const february = 1_770_000_000;

describe("a selector by a template", () => {
  test.each([
    ["{mon}{yyyy}.{label}", "primary", [], "feb2026.esp"],
    ["{mon}{yyyy}.{label}", "primary", ["feb2026.esp"], "feb2026-2.esp"],
    ["{mon}{yyyy}.{label}", "primary", ["feb2026.esp", "feb2026-2.esp"], "feb2026-3.esp"],
    ["{mon}{yyyy}.{label}", "second", ["feb2026.esp"], "feb2026-ed25519.esp"],
    ["{mon}{yyyy}.{label}", "second", ["feb2026-ed25519.esp"], "feb2026-ed25519-2.esp"],
    ["{label}-{mon}{yyyy}", "primary", ["esp-feb2026"], "esp-feb2026-2"],
    ["{label}{yyyy}{mm}", "primary", [], "esp202602"],
    ["{label}{n}", "primary", ["esp1", "esp2"], "esp3"],
    ["{label}{n}", "second", ["esp1-ed25519"], "esp2-ed25519"],
    ["fixed", "primary", ["fixed"], "fixed-2"],
  ] as const)("%s for the %s role beside %j is %s", (template, role, taken, selector) => {
    expect(selectorFrom(template, { label: "esp", role, now: february, taken })).toBe(selector);
  });

  test("never gives one twice", () => {
    const taken: string[] = [];
    for (let count = 0; count < 200; count++)
      taken.push(selectorFrom("{mon}{yyyy}.{label}", { label: "esp", role: "primary", now: february, taken }));
    expect(new Set(taken).size).toBe(200);
  });
});

describe("a template", () => {
  test.each(["{mon}{yyyy}.{label}", "{label}-{mon}{yyyy}", "{label}{n}", "s{mm}{yyyy}", "a.b.{n}"])(
    "%s is one",
    (text) => {
      expect(selectorTemplateProblem(text)).toBeUndefined();
    },
  );

  test.each([
    ["", "1 to 60 characters"],
    [`{n}${"x".repeat(60)}`, "1 to 60 characters"],
    ["{month}", "the placeholders are"],
    ["{mon", "the placeholders are"],
    ["Feb{yyyy}", "lower-case"],
    ["{mon}..{label}", "lower-case"],
    ["-{mon}", "lower-case"],
    ["{mon}_{yyyy}", "lower-case"],
    ["{label}{label}.x", "63 octets"],
  ])("%j is none: %s", (text, problem) => {
    expect(selectorTemplateProblem(text)).toContain(problem);
  });
});
