import { TYPE } from "chancery/dns";
import { describe, expect, test } from "vitest";
import { afterLook, cutOverOf, recordsToCarry, type SelectorImport, type SelectorLook } from "./selector-import.ts";

const at = (selector: string, data: string) => ({
  name: `${selector}._domainkey.example.com`,
  type: TYPE.TXT,
  ttl: 300,
  data,
});
const present = (selector: string, data = "AA==") => ({
  selector,
  state: "present" as const,
  records: [at(selector, data)],
});
const absent = (selector: string) => ({ selector, state: "absent" as const, records: [] });
const unknown = (selector: string) => ({ selector, state: "unknown" as const, records: [] });
const look = (changes: Partial<SelectorLook> = {}): SelectorLook => ({
  lookedAt: 1000,
  node: "exists",
  wildcard: false,
  selectors: [present("s1")],
  ...changes,
});
const served = (changes: Partial<SelectorImport> = {}): SelectorImport => ({
  ...look(),
  zoneSerial: 7,
  servedAt: 1001,
  delegatedAt: null,
  ...changes,
});

describe("S18 the delegation that hides selectors of others", () => {
  const named = { importSelectors: ["s1"] };
  const none = { otherSelectors: "none" as const };

  test.each([
    ["selectors were named and all is served", named, served()],
    ["the customer says that there are no others", none, served()],
    ["nothing is below _domainkey (RFC 8020)", {}, served({ node: "nxdomain", selectors: [] })],
    [
      "one that was seen within a day gives no answer now (I-12)",
      named,
      served({ selectors: [{ ...present("s1"), state: "unknown", knownAt: 1000 }] }),
    ],
    ["a wildcard is waived", { ...named, ...none }, served({ wildcard: true })],
  ])("may be made when %s", (_, agreed, taken) => {
    expect(cutOverOf("example.com", agreed, taken, 2000)).toEqual({ may: "delegate" });
  });

  test.each([
    ["nobody has looked", named, undefined, "nobody has looked"],
    ["no look was answered", named, served({ lookedAt: 0 }), "nobody has looked"],
    ["DNS lists no names and the customer said nothing", {}, served(), "there may be others"],
    ["a wildcard answers for every selector", named, served({ wildcard: true }), "a wildcard"],
    ["one gave no answer (I-12)", named, served({ selectors: [unknown("s1")] }), "s1 gives no answer"],
    [
      "one was last known over a day ago",
      named,
      served({ lookedAt: 90_000, selectors: [{ ...unknown("s1"), knownAt: 1000 }] }),
      "s1 gives no answer",
    ],
    ["one that was named is not there", named, served({ selectors: [absent("s1")] }), "s1 was named"],
    ["the look is older than a day", named, served({ lookedAt: 10 }), "was last seen on"],
    ["our zone does not have them", named, served({ zoneSerial: null }), "not in our zone"],
    ["a server of ours does not serve them", named, served({ servedAt: null }), "not every name server"],
  ])("waits when %s", (_, agreed, taken, reason) => {
    const cutOver = cutOverOf("example.com", agreed, taken, 100_000);
    if (cutOver.may !== "wait") throw new Error("it does not wait");
    expect(cutOver.reasons.map((one) => one.reason).join("\n")).toContain(reason);
    for (const { remedy } of cutOver.reasons) expect(remedy).toContain("chancery domain ");
  });
});

describe("a later look", () => {
  const before = look({ selectors: [present("s1"), present("s2")] });

  test("takes the place of what was seen before; what was removed is carried no more", () => {
    const after = afterLook(before, look({ lookedAt: 2000, selectors: [present("s1", "BB=="), absent("s2")] }));
    expect(recordsToCarry(after)).toEqual([at("s1", "BB==")]);
    expect(after.lookedAt).toBe(2000);
  });

  test("I-12 leaves what gave no answer, or was not asked, as it was", () => {
    const after = afterLook(before, look({ selectors: [unknown("s1")] }));
    expect(recordsToCarry(after)).toEqual([at("s1", "AA=="), at("s2", "AA==")]);
    expect(after.selectors.map(({ state }) => state)).toEqual(["unknown", "unknown"]);
  });

  test("forgets a name at which nothing was ever seen, once nobody names it", () => {
    const typo = look({ selectors: [absent("typo")] });
    expect(afterLook(typo, look()).selectors.map(({ selector }) => selector)).toEqual(["s1"]);
  });

  test("that nobody answered is no look", () => {
    expect(afterLook(before, look({ lookedAt: 2000, node: "unknown", selectors: [] })).lookedAt).toBe(1000);
  });
});
