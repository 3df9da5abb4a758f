// The fuzzer of `npm run fuzz` with a fixed seed and few inputs, and proof that it finds what is wrong.
import { expect, test } from "vitest";
import { fuzz, inputOf } from "./fuzz/fuzz.ts";
import { minimise } from "./fuzz/minimise.ts";
import { demand, type Target } from "./fuzz/target.ts";
import { allTargets } from "./fuzz/targets.ts";

const targets = allTargets(process.env["CHANCERY_CORPORA"]);

test("twelve thousand mutated inputs come to verdicts", async () => {
  const { findings, targets: reports } = await fuzz({ targets, inputs: 12_000, seed: 1, blockedMsMax: Infinity });
  expect(findings).toEqual([]);
  expect(reports.map(({ inputs }) => inputs).reduce((sum, inputs) => sum + inputs)).toBe(12_000);
}, 60_000);

const faulty: Target = {
  name: "faulty",
  seeds: ["v=1; a=b; c=d", "x=y"],
  words: [";;", "="],
  check(input) {
    demand(!input.includes(";;"), "two semicolons");
    if (input.length > 5000) throw new RangeError("too long for us");
  },
};

test("a fault is found, once for each reason, and made as small as it can be", async () => {
  const { findings } = await fuzz({ targets: [faulty], inputs: 3000, seed: 1, blockedMsMax: Infinity });
  const found = new Map(findings.map(({ reason, input }) => [reason, input]));
  expect([...found.keys()].sort()).toEqual(["Error: two semicolons", "RangeError: too long for us"]);
  expect(findings).toHaveLength(2);
  expect(found.get("Error: two semicolons")).toBe(";;");
  expect(found.get("RangeError: too long for us")).toHaveLength(5001);
});

test("an input follows from seed and index alone", () => {
  const target = targets[0]!;
  expect(inputOf(target, 7, 40)).toBe(inputOf(target, 7, 40));
  const different = new Set(Array.from({ length: 200 }, (_, index) => inputOf(target, 7, index)));
  expect(different.size).toBeGreaterThan(190);
  expect(inputOf(target, 8, 40)).not.toBe(inputOf(target, 7, 40));
});

test("an input that is too slow each time is a finding, one that was slow once is not", async () => {
  const slow = (isSlow: () => boolean): Target => ({
    name: "slow",
    seeds: ["a"],
    words: ["b"],
    check: () => {
      const until = performance.now() + (isSlow() ? 5 : 0);
      while (performance.now() < until);
    },
  });
  let calls = 0;
  const once = await fuzz({ targets: [slow(() => calls++ === 1)], inputs: 3, seed: 1, blockedMsMax: 1 });
  expect(once.findings).toEqual([]);
  const always = await fuzz({ targets: [slow(() => true)], inputs: 1, seed: 1, blockedMsMax: 0 });
  expect(always.findings).toMatchObject([{ reason: "blocks the event loop for too long" }]);
});

test("what is cut out does not matter for the fault", async () => {
  const input = `${"x".repeat(1000)}<${"y".repeat(777)}>${"z".repeat(1000)}`;
  expect(await minimise(input, async (text) => /<.*>/.test(text))).toBe("<>");
});
