import * as fc from "fast-check";
import { expect, test } from "vitest";
import { fold } from "./fold.ts";
import { nothingRemembered, type WatchHistory } from "./history.ts";
import type { Look } from "./look.ts";
import { inItsPlace, nextLookAt } from "./schedule.ts";
import { keyNameOf, keyOne, keyTwo, lookAt, type Standing } from "./test-looks.ts";

const standing = fc.constantFrom<Standing>(
  "absent",
  "silent",
  { text: keyOne },
  { text: keyTwo },
  { alias: ["a.example.net"], text: keyOne },
  { alias: ["a.example.net", "b.example.net"] },
);
const findings = fc.uniqueArray(
  fc.record({
    code: fc.constantFrom("NoKeyRecord", "KeyRevoked", "Undetermined"),
    subject: fc.constantFrom(keyNameOf("s1"), keyNameOf("s2"), "example.com"),
  }),
  { selector: ({ code, subject }) => `${code} ${subject}` },
);
const looks = fc
  .array(fc.record({ s1: standing, s2: standing, findings, at: fc.integer({ min: 1, max: 10_000 }) }), {
    maxLength: 12,
  })
  .map((rows) => rows.map(({ s1, s2, findings, at }, index) => lookAt(index + 1, { s1, s2 }, { findings, at })));

const foldAll = (history: WatchHistory, all: readonly Look[]): ReturnType<typeof fold> =>
  all.reduce<ReturnType<typeof fold>>(
    (before, look) => {
      const { history, events } = fold(before.history, look);
      return { history, events: [...before.events, ...events] };
    },
    { history, events: [] },
  );

test("no number of looks without an answer changes anything", () => {
  fc.assert(
    fc.property(looks, fc.integer({ min: 1, max: 20 }), (seen, silences) => {
      const { history } = foldAll(nothingRemembered, seen);
      const silent = Array.from({ length: silences }, (_, index) =>
        lookAt(
          seen.length + 1 + index,
          { s1: "silent", s2: "silent" },
          { findings: [{ code: "NoKeyRecord", subject: keyNameOf("s1") }] },
        ),
      );
      expect(foldAll(history, silent)).toEqual({ history, events: [] });
    }),
  );
});

test("silence in between looks leaves the same as no silence", () => {
  fc.assert(
    fc.property(looks, (seen) => {
      const spread = seen.map((look) => ({ ...look, number: look.number * 2 }));
      const silent = seen.map(({ number }) => lookAt(number * 2 - 1, { s1: "silent", s2: "silent" }));
      const mixed = [...spread, ...silent].toSorted((one, other) => one.number - other.number);
      expect(foldAll(nothingRemembered, mixed)).toEqual(foldAll(nothingRemembered, spread));
    }),
  );
});

test("a look that is added again, at any time later, changes nothing", () => {
  fc.assert(
    fc.property(looks, fc.nat(), (seen, again) => {
      const once = foldAll(nothingRemembered, seen);
      fc.pre(seen.some(({ isKnown }) => isKnown));
      const last = seen.findLastIndex(({ isKnown }) => isKnown);
      expect(foldAll(once.history, [seen[again % (last + 1)]!])).toEqual({ history: once.history, events: [] });
    }),
  );
});

test("a finding is opened and closed in turn, the opening first; a selector goes and appears in turn", () => {
  fc.assert(
    fc.property(looks, (seen) => {
      const turns = new Map<string, string[]>();
      for (const event of foldAll(nothingRemembered, seen).events) {
        if (event.kind === "key-changed" || event.kind === "chain-changed") continue;
        const key = "code" in event ? `${event.code} ${event.subject}` : event.subject;
        turns.set(key, [...(turns.get(key) ?? []), event.kind]);
      }
      for (const [key, kinds] of turns) {
        for (const [index, kind] of kinds.entries()) expect(kind, key).not.toBe(kinds[index - 1]);
        if (kinds[0]?.startsWith("finding")) expect(kinds[0]).toBe("finding-opened");
      }
    }),
  );
});

test("no finding opens or closes on less than two looks, but for what one look proves", () => {
  fc.assert(
    fc.property(looks, (seen) => {
      let history = nothingRemembered;
      const recent: Look[] = [];
      for (const look of seen) {
        const folded = fold(history, look);
        const had = (one: Look | undefined, code: string, subject: string): boolean =>
          one?.findings.some((finding) => finding.code === code && finding.subject === subject) ?? false;
        for (const event of folded.events) {
          if (!("code" in event)) continue;
          const sights = [...recent, look].filter(
            (one) => had(one, event.code, event.subject) === (event.kind === "finding-opened"),
          );
          expect(sights.length).toBeGreaterThanOrEqual(
            event.kind === "finding-opened" && event.code === "KeyRevoked" ? 1 : 2,
          );
        }
        if (look.isKnown) recent.push(look);
        history = folded.history;
      }
    }),
  );
});

test("rows of one name follow each other in time, and nothing is remembered twice", () => {
  fc.assert(
    fc.property(looks, (seen) => {
      const { history } = foldAll(nothingRemembered, seen);
      for (const rows of Map.groupBy(history.observations, ({ name }) => name).values())
        for (const [index, row] of rows.entries()) {
          expect(row.firstSeenAt).toBeLessThanOrEqual(row.lastSeenAt);
          const before = rows[index - 1];
          if (before === undefined) continue;
          expect(row.turn).toBe(before.turn + 1);
          expect(row.firstSeenAt).toBeGreaterThanOrEqual(before.lastSeenAt);
        }
      expect(new Set(history.selectors.map(({ selector }) => selector)).size).toBe(history.selectors.length);
      expect(new Set(history.findings.map(({ code, subject }) => code + subject)).size).toBe(history.findings.length);
    }),
  );
});

const interval = fc.integer({ min: 60, max: 30 * 86_400 });
const now = fc.integer({ min: 0, max: 4_000_000_000 });

test("a settled domain comes again at its own place, half to one and a half intervals from now", () => {
  fc.assert(
    fc.property(fc.domain(), interval, now, (name, seconds, at) => {
      const dueAt = inItsPlace(name, seconds, at);
      expect(dueAt - at).toBeGreaterThanOrEqual(seconds / 2);
      expect(dueAt - at).toBeLessThanOrEqual(seconds * 1.5);
      expect(inItsPlace(name, seconds, dueAt)).toBe(dueAt + seconds);
    }),
  );
});

test("whatever came of it, a domain comes again after five minutes at the soonest and one and a half intervals at the latest", () => {
  const after = fc.constantFrom<"settled" | "unsettled" | "unknown">("settled", "unsettled", "unknown");
  fc.assert(
    fc.property(
      fc.domain(),
      interval,
      now,
      after,
      fc.nat({ max: 40 }),
      fc.nat(),
      (name, seconds, at, word, early, ttl) => {
        const next = nextLookAt(name, seconds, at, { after: word, earlyLooks: early, ttlSeconds: ttl });
        expect(next.dueAt - at).toBeGreaterThanOrEqual(Math.min(300, seconds / 2));
        expect(next.dueAt - at).toBeLessThanOrEqual(seconds * 1.5);
      },
    ),
  );
});
