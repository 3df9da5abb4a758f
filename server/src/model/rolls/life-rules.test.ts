import { expect, test } from "vitest";
import type { RollEntry } from "./entry.ts";
import { judgeLives, lifeRules } from "./life-rules.ts";

type Told = [about: string, kind: string, seconds: number, evidence?: RollEntry["evidence"]];

/** A life as it should be: W is 10 s, D is 100 s, caches forget in 20 s. k2 takes over. */
const life: readonly Told[] = [
  ["claim", "begun", 0],
  ["claim", "verified", 0],
  ["k1", "generated", 1],
  ["k1", "publishing", 2],
  ["k1", "confirmed", 5, { seenTrustedMs: 5000, waitSeconds: 10 }],
  ["k1", "ready", 15],
  ["k1", "activated", 16],
  ["k2", "generated", 17],
  ["k2", "publishing", 18],
  ["k2", "confirmed", 20, { seenTrustedMs: 20_000, waitSeconds: 10 }],
  ["k2", "ready", 30],
  ["k2", "activated", 31],
  ["k1", "deactivated", 31, { lastUseTrustedMs: 40_000, drainSeconds: 100 }],
  ["k1", "stopped", 36, { lastUseTrustedMs: 35_000, signatures: 4 }],
  ["k1", "withdrawing", 136],
  ["k1", "absent", 140, { seenTrustedMs: 140_000, waitSeconds: 20, staleSeconds: 10 }],
  ["k1", "withdrawn", 160],
  ["k1", "disclosed", 170, { privateSha256: "" }],
  ["k1", "destroyed", 200],
];

const entriesOf = (told: readonly Told[]): RollEntry[] =>
  told.map(([about, kind, seconds, evidence = {}], index) => ({
    v: 1,
    claim: "dom_1",
    domain: "example.com",
    seq: index + 1,
    prev: "",
    at: seconds,
    trustedMs: seconds * 1000,
    about,
    kind,
    evidence,
  }));

const without = (kind: string): Told[] => life.filter((one) => one[1] !== kind);
const at = (kind: string, seconds: number, about = "k1"): Told[] =>
  life.map((one): Told => (one[1] === kind && one[0] === about ? [one[0], kind, seconds, one[3] ?? {}] : one));

const cases: readonly [code: string, what: string, told: readonly Told[]][] = [
  ["begins-with-making", "a key of which the making is not told", without("generated")],
  ["over-is-over", "a destroyed key goes on", [...life, ["k1", "publishing", 300]]],
  ["I-2 ready-after-its-wait", "a second before the wait has ended", at("ready", 14)],
  ["I-2 ready-after-its-wait", "never seen", without("confirmed")],
  [
    "I-2 ready-after-its-wait",
    "evidence that says nothing",
    at("ready", 15).map((one): Told => (one[1] === "confirmed" ? [one[0], one[1], one[2]] : one)),
  ],
  ["I-1 signs-after-it-was-seen", "a key that was never ready", without("ready")],
  ["I-14 signs-for-a-claim-in-force", "a claim that nobody proved", without("verified")],
  [
    "I-15 revoked-is-final",
    "a revoked key signs again",
    [...life.slice(0, 7), ["k1", "revoking", 17], ["k1", "activated", 18]],
  ],
  ["I-3 withdrawn-after-its-drain", "at exactly the end of the drain", at("withdrawing", 135)],
  ["I-3 withdrawn-after-its-drain", "a key that signs", [...life.slice(0, 7), ["k1", "withdrawing", 500]]],
  ["withdrawn-after-caches-forgot", "a second too early", at("withdrawn", 159)],
  ["withdrawn-after-caches-forgot", "never seen gone", without("absent")],
  ["I-19 disclosed-when-forgotten", "a second too early", at("disclosed", 169)],
  ["I-19 disclosed-when-forgotten", "a key that drains", [...life.slice(0, 14), ["k1", "disclosed", 900]]],
  ["I-18 destroyed-when-unused", "a key that signs", [...life.slice(0, 7), ["k1", "destroyed", 500]]],
  ["I-5 one-key-signs", "the old key is not stopped", without("deactivated").filter(([, kind]) => kind !== "stopped")],
];

test("a life as it should be breaks no rule", () => {
  expect(judgeLives(entriesOf(life))).toEqual({ violations: [], unknownKinds: [] });
});

test.each(cases)("%s: %s", (code, _, told) => {
  expect(judgeLives(entriesOf(told)).violations.map((violation) => violation.code)).toContain(code);
});

test("every rule has a case that breaks it", () => {
  const broken = new Set(cases.map(([code]) => code));
  expect(lifeRules.map(({ code }) => code).filter((code) => !broken.has(code))).toEqual([]);
});

test("a key that was rolled back to drains once more, from its second stop", () => {
  const back: Told[] = [
    ...life.slice(0, 14),
    ["k1", "activated", 50],
    ["k2", "deactivated", 50, { lastUseTrustedMs: 60_000, drainSeconds: 100 }],
    ["k2", "stopped", 55, { lastUseTrustedMs: 55_000 }],
    ["k2", "withdrawing", 156],
  ];
  expect(judgeLives(entriesOf(back)).violations).toEqual([]);
  const hasty: Told[] = [
    ...back.slice(0, -1),
    ["k1", "deactivated", 60, { lastUseTrustedMs: 70_000, drainSeconds: 100 }],
    ["k1", "withdrawing", 140],
  ];
  expect(judgeLives(entriesOf(hasty)).violations.map(({ code }) => code)).toContain("I-3 withdrawn-after-its-drain");
});

test("kinds of a later version are named, and judged by nobody", () => {
  const later: Told[] = [...life.slice(0, 7), ["k1", "polished", 17]];
  expect(judgeLives(entriesOf(later))).toEqual({ violations: [], unknownKinds: ["polished"] });
});
