import { describe, expect, test } from "vitest";
import { type AliasFact, readAliasFact } from "./alias-fact.ts";
import { aliasFindings, type TargetSeen } from "./alias-finding.ts";
import { wayFault } from "./alias-guard.ts";
import { upstreamFault } from "./upstream-target.ts";

const fact = (kind: string, evidence: object = {}): AliasFact => readAliasFact({ kind, evidence, at: 0, trustedMs: 0 });
const [old, now] = ["a.old.example", "b.new.example"];
const settled = [
  fact("served", { to: old, from: null, zone: "", serial: 1, ttlSeconds: 1 }),
  fact("served", { to: now, from: old, zone: "", serial: 2, ttlSeconds: 1 }),
  fact("confirmed"),
  fact("settled"),
];
const seen = (name: string, state: TargetSeen["state"], more: Partial<TargetSeen> = {}): TargetSeen => ({
  name,
  state,
  names: [name],
  reasons: [],
  open: [],
  ...more,
});
const found = (facts: readonly AliasFact[], ...targets: TargetSeen[]) =>
  aliasFindings({ domain: "example.com", selector: "s1", keyName: "s1._domainkey.example.com", facts }, targets);

describe("findings of an alias that leads on to an upstream", () => {
  test.each<[string, readonly AliasFact[], TargetSeen[], string[]]>([
    ["all is well", settled, [seen(now, "present")], []],
    ["the key is gone", settled, [seen(now, "absent")], ["high TargetMissing"]],
    ["it is no sound key", settled, [seen(now, "wrong")], ["high TargetMissing"]],
    [
      "it is revoked",
      settled,
      [seen(now, "wrong", { problems: [{ code: "KeyRevoked", severity: "low", problem: "p= is empty" }] })],
      ["high KeyRevoked"],
    ],
    [
      "it is for tests, and short",
      settled,
      [
        seen(now, "present", {
          problems: [
            { code: "KeyTesting", severity: "medium", problem: "t=y" },
            { code: "KeyWeak", severity: "low", problem: "1024 bits" },
            { code: "KeyUnusual", severity: "info", problem: "no v=" },
          ],
        }),
      ],
      ["medium KeyTesting", "low KeyWeak"],
    ],
    ["nobody answers", settled, [seen(now, "unknown")], ["low Undetermined"]],
    [
      "its domain can be registered by anybody",
      settled,
      [seen(now, "absent", { open: ["new.example"] })],
      ["critical TakeoverRisk", "high TargetMissing"],
    ],
    ["a long way", settled, [seen(now, "present", { names: [now, "c.x", "d.x"] })], ["low AliasChainTooLong"]],
    ["not settled yet", settled.slice(0, 3), [seen(now, "present")], ["info AliasNotReady"]],
    ["a given-up claim says nothing", [...settled, fact("leaving")], [seen(now, "absent")], []],
  ])("%s", (_, facts, targets, expected) => {
    expect(found(facts, ...targets).map(({ severity, code }) => `${severity} ${code}`)).toEqual(expected);
  });

  test("the way back is the remedy where it is sound, and not where it is not", () => {
    const [missing] = found(settled, seen(now, "absent"), seen(old, "present"));
    expect(missing?.remedy).toContain(`go back to ${old} with "chancery domain alias example.com s1 --back"`);
    const [closed] = found(settled, seen(now, "absent"), seen(old, "absent"));
    expect(closed?.remedy).not.toContain("--back");
  });
});

describe("where an alias may lead", () => {
  const place = { ownZone: "esp.example", domain: "example.com" };
  test.each([
    [["a.up.example"], undefined],
    [["a.esp.example"], "our own zone"],
    [["a.up.example", "x.esp.example"], "our own zone"],
    [["s1._domainkey.example.com"], "the customer's own domain"],
    [Array.from({ length: 7 }, (_, index) => `${index}.up.example`), undefined],
    [Array.from({ length: 8 }, (_, index) => `${index}.up.example`), "9 aliases"],
  ])("%j", (names, fault) => {
    if (fault === undefined) expect(wayFault(names, place)).toBeUndefined();
    else expect(wayFault(names, place)).toContain(fault);
  });

  test.each([
    [{ found: "alias", target: "a.up.example" } as const, undefined],
    [{ found: "text" } as const, "an alias cannot follow"],
    [{ found: "nothing" } as const, "--upstream SELECTOR=TARGET"],
    [{ found: "unknown", reason: "timeout" } as const, "try again later"],
  ])("what the customer has there now: %j", (present, fault) => {
    const told = upstreamFault("s1._domainkey.example.com", present);
    if (fault === undefined) expect(told).toBeUndefined();
    else expect(told).toContain(fault);
  });
});
