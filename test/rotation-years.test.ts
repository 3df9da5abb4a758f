import { describe, expect, test } from "vitest";
import { broughtAs, isKeptByCustomer, keysIn } from "../server/src/model/rotation/rotation-state.ts";
import { day } from "../server/src/model/seconds.ts";
import { bring } from "./simulation/play-customer.ts";
import { begin, type Play } from "./simulation/play-world.ts";
import { comeToRest, pass } from "./simulation/rotation-play.ts";
import { domainNumber, liveTenYears } from "./simulation/ten-years.ts";

const timeout = 300_000;
const activations = (it: Play): number => it.events.filter(({ kind }) => kind === "activated").length;
const told = (it: Play, kind: string): number => it.events.filter((event) => event.kind === kind).length;

describe("ten years", () => {
  test(
    "of five hundred domains under mixed methods and policies: each turns its keys twenty times or forty",
    { timeout },
    () => liveTenYears(0, 500),
  );

  test("of a customer who answers slowly, after two reminders each: its keys turn all the same", { timeout }, () => {
    const it = begin({ ...domainNumber(1), method: "txt", heedsAfter: 2, customerTakes: 20 * day });
    pass(it, 3650 * day);
    expect(activations(it)).toBeGreaterThanOrEqual(12);
    comeToRest(it);
  });

  test(
    "I-20 of a customer who stops answering after two: it is asked and reminded, and the key it published signs on",
    { timeout },
    () => {
      const it = begin({ ...domainNumber(1), method: "txt" });
      pass(it, 730 * day);
      const before = activations(it);
      it.awayUntil = 3650 * day;
      pass(it, 2920 * day);
      expect(activations(it)).toBe(before);
      const [signs] = keysIn(it, "primary", "active");
      expect(signs && isKeptByCustomer(signs)).toBe(true);
      const waiting = it.keys.filter((key) => keysIn(it, "primary", "publishing", "withdrawing").includes(key));
      expect(waiting.length).toBeLessThanOrEqual(2); // one is asked for, and one asked to be removed: never a heap of them
      expect(told(it, "reminded")).toBeGreaterThan(50);
      expect(told(it, "reminded")).toBeLessThan(250); // every month, in the end
      comeToRest(it);
    },
  );

  test("of a key that others sign with, hosted here: no step is taken for it", { timeout }, () => {
    const it = begin({ ...domainNumber(1), method: "customer-key", algorithms: ["rsa-sha256"] });
    bring(it, { how: "shared", keeper: "us" });
    pass(it, 10 * day);
    bring(it, { how: "hosted", keeper: "us" });
    pass(it, 3640 * day);
    const hosted = it.keys.find((key) => broughtAs(key) === "hosted");
    expect(hosted?.facts.map(({ kind }) => kind)).toEqual(["generated", "publishing", "confirmed", "ready"]);
    expect(activations(it)).toBe(1);
  });
});
