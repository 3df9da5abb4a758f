import { describe, expect, test } from "vitest";
import type { WatchEvent } from "./event.ts";
import { fold, isUnsettled } from "./fold.ts";
import { nothingRemembered, type WatchHistory } from "./history.ts";
import { historyEvidenceOf } from "./history-evidence.ts";
import type { Look } from "./look.ts";
import { keyNameOf, keyOne, keyTwo, lookAt, type LookOptions, type Standing } from "./test-looks.ts";

/** What each look tells, one line an event. */
function told(looks: readonly Look[]): { lines: string[][]; history: WatchHistory } {
  let history = nothingRemembered;
  const lines: string[][] = [];
  for (const look of looks) {
    const folded = fold(history, look);
    history = folded.history;
    lines.push(folded.events.map(line));
  }
  return { lines, history };
}

function line(event: WatchEvent): string {
  switch (event.kind) {
    case "finding-opened":
    case "finding-closed":
      return `${event.kind} ${event.code}`;
    case "chain-changed":
      return `chain-changed +${event.gained.join(",")} -${event.lost.join(",")}`;
    case "key-changed":
      return `key-changed ${event.before === null ? "none" : "key"} to ${event.after === null ? "none" : "key"}`;
    case "selector-appeared":
      return `selector-appeared, ${event.before}`;
    case "selector-gone":
      return "selector-gone";
  }
}

const s1 = keyNameOf("s1");
const one: Standing = { text: keyOne };
const two: Standing = { text: keyTwo };
const behind = (...alias: string[]): Standing => ({ alias, text: keyOne });

describe("what stands at a key name", () => {
  const cases: [name: string, looks: Record<string, Standing>[], expected: string[][]][] = [
    ["the first look takes stock and tells nothing", [{ s1: one, s2: behind("a.example.net") }], [[]]],
    ["the same again tells nothing", [{ s1: one }, { s1: one }], [[], []]],
    ["another key is told at once", [{ s1: one }, { s1: two }], [[], ["key-changed key to key"]]],
    [
      "a text that is no key counts as none",
      [{ s1: one }, { s1: { text: "v=DKIM1; p=!" } }],
      [[], ["key-changed key to none"]],
    ],
    [
      "another key after a look without a record",
      [{ s1: one }, { s1: "absent" }, { s1: two }],
      [[], [], ["key-changed key to key"]],
    ],
    [
      "another key after silence",
      [{ s1: one }, { s1: "silent", s2: one }, { s1: two }],
      [[], ["selector-appeared, not looked for"], ["key-changed key to key"]],
    ],
    [
      "two servers of which one is behind: each way is told once",
      [{ s1: one }, { s1: two }, { s1: one }, { s1: two }, { s1: one }],
      [[], ["key-changed key to key"], ["key-changed key to key"], [], []],
    ],
    [
      "a chain gains an alias",
      [{ s1: behind("a.example.net") }, { s1: behind("a.example.net", "b.example.net") }],
      [[], ["chain-changed +b.example.net -"]],
    ],
    [
      "a chain leads elsewhere",
      [{ s1: behind("a.example.net") }, { s1: behind("b.example.net") }],
      [[], ["chain-changed +b.example.net -a.example.net"]],
    ],
    [
      "an alias becomes a text with the same key",
      [{ s1: behind("a.example.net") }, { s1: one }],
      [[], ["chain-changed + -a.example.net"]],
    ],
    [
      "a selector is gone at the second look that is told so",
      [{ s1: one }, { s1: "absent" }, { s1: "absent" }, { s1: "absent" }],
      [[], [], ["selector-gone"], []],
    ],
    [
      "one look without it is no loss",
      [{ s1: one }, { s1: "absent" }, { s1: one }, { s1: "absent" }, { s1: one }],
      [[], [], [], [], []],
    ],
    [
      "silence is no loss, however long",
      [{ s1: one, s2: one }, ...Array.from({ length: 9 }, () => ({ s1: "silent", s2: one }) as const)],
      [[], [], [], [], [], [], [], [], [], []],
    ],
    [
      "silence between two absences does not break the row",
      [
        { s1: one, s2: one },
        { s1: "absent", s2: one },
        { s1: "silent", s2: one },
        { s1: "absent", s2: one },
      ],
      [[], [], [], ["selector-gone"]],
    ],
    [
      "a selector that is gone and comes back",
      [{ s1: one }, { s1: "absent" }, { s1: "absent" }, { s1: one }],
      [[], [], ["selector-gone"], ["selector-appeared, absent"]],
    ],
    [
      "a selector that the owner named and that was missing",
      [{ s1: "absent" }, { s1: one }],
      [[], ["selector-appeared, absent"]],
    ],
    [
      "a selector that nobody looked for before",
      [{ s1: one }, { s1: one, s2: two }],
      [[], ["selector-appeared, not looked for"]],
    ],
    [
      "an alias without a target is there",
      [{ s1: { alias: ["a.example.net"] } }, { s1: { alias: ["a.example.net"], text: keyOne } }],
      [[], ["key-changed none to key"]],
    ],
  ];
  test.each(cases)("%s", (_, looks, expected) => {
    expect(told(looks.map((standing, index) => lookAt(index + 1, standing))).lines).toEqual(expected);
  });

  test("a name that was looked for and was never there leaves no trace", () => {
    const { history } = told([lookAt(1, { common: "absent" }, { sources: ["common-name"] })]);
    expect(history.selectors).toEqual([]);
    expect(history.observations).toEqual([]);
  });

  test("what is remembered of a selector that is gone says whose it was", () => {
    const { history } = told([
      lookAt(1, { s1: behind("k.esp.example") }),
      lookAt(2, { s1: "absent" }),
      lookAt(3, { s1: "absent" }),
    ]);
    const { fingerprint } = history.observations[0]!;
    expect(fingerprint).toMatch(/^[0-9a-f]{64}$/);
    expect(history.selectors).toMatchObject([
      {
        selector: "s1",
        state: "absent",
        since: 3000,
        firstSeenAt: 1000,
        lastSeenAt: 1000,
        publishedAs: "alias",
        fingerprint,
      },
    ]);
  });

  test("first and last seen of each thing that stood there, as rows that are only added", () => {
    const { history } = told(
      [{ s1: one }, { s1: one }, { s1: "absent" }, { s1: two }].map((standing, index) =>
        lookAt(index + 1, standing as Record<string, Standing>),
      ),
    );
    expect(
      history.observations.map(({ turn, outcome, firstSeenAt, lastSeenAt, looks }) => [
        turn,
        outcome,
        firstSeenAt,
        lastSeenAt,
        looks,
      ]),
    ).toEqual([
      [1, "present", 1000, 2000, 2],
      [2, "absent", 3000, 3000, 1],
      [3, "present", 4000, 4000, 1],
    ]);
    expect(historyEvidenceOf(history.observations).keyNames[s1]).toMatchObject([
      { firstSeen: 1000, lastSeen: 2000, targets: [] },
      { firstSeen: 4000, lastSeen: 4000, targets: [] },
    ]);
  });

  test("the auditor is told of a gap once two looks saw it", () => {
    const sights = (...standing: Standing[]): (string | undefined)[] =>
      historyEvidenceOf(
        told(standing.map((what, index) => lookAt(index + 1, { s1: what }))).history.observations,
      ).keyNames[s1]!.map(({ fingerprint }) => fingerprint?.slice(0, 4));
    const [before] = sights(one);
    const [after] = sights(two);
    expect(sights(one, "absent", two)).toEqual([before, after]);
    expect(sights(one, "absent", "absent", two)).toEqual([before, undefined, after]);
  });

  test("a server that says something else each time fills no database", () => {
    const looks = Array.from({ length: 200 }, (_, index) => lookAt(index + 1, { s1: { text: `v=DKIM1; n=${index}` } }));
    const { history } = told(looks);
    expect(history.observations).toHaveLength(50);
    expect(history.observations.at(-1)).toMatchObject({ turn: 200, lastSeenAt: 200_000 });
  });
});

describe("findings", () => {
  const missing = { code: "NoKeyRecord", subject: s1 };
  const revoked = { code: "KeyRevoked", subject: s1 };
  const undetermined = { code: "Undetermined", subject: s1 };
  const bad: LookOptions = { findings: [missing] };
  const proven: LookOptions = { findings: [revoked] };
  const clean: LookOptions = {};
  const noTelling: LookOptions = {
    findings: [undetermined],
    checks: [{ name: "some-check", title: "", state: "undetermined" }],
  };
  const notGathered: LookOptions = { checks: [{ name: "some-check", title: "", state: "needs evidence" }] };
  const cases: [name: string, looks: LookOptions[], expected: string[][]][] = [
    ["what one look proves opens at once", [proven], [["finding-opened KeyRevoked"]]],
    ["what was missing opens at the second look in a row", [bad, bad, bad], [[], ["finding-opened NoKeyRecord"], []]],
    ["what was missing once is never told", [bad, clean, bad, clean], [[], [], [], []]],
    [
      "it closes at the second clean look in a row",
      [proven, clean, clean, clean],
      [["finding-opened KeyRevoked"], [], ["finding-closed KeyRevoked"], []],
    ],
    [
      "one clean look among others closes nothing",
      [proven, clean, proven, clean, proven],
      [["finding-opened KeyRevoked"], [], [], [], []],
    ],
    [
      "one that comes back opens again",
      [proven, clean, clean, proven],
      [["finding-opened KeyRevoked"], [], ["finding-closed KeyRevoked"], ["finding-opened KeyRevoked"]],
    ],
    [
      "one that comes back unproven waits again",
      [bad, bad, clean, clean, bad, bad],
      [[], ["finding-opened NoKeyRecord"], [], ["finding-closed NoKeyRecord"], [], ["finding-opened NoKeyRecord"]],
    ],
    [
      "one that comes back once stays closed",
      [bad, bad, clean, clean, bad, clean],
      [[], ["finding-opened NoKeyRecord"], [], ["finding-closed NoKeyRecord"], [], []],
    ],
    [
      "silence between two sights does not break the row",
      [bad, noTelling, bad],
      [[], [], ["finding-opened NoKeyRecord"]],
    ],
    [
      "silence closes nothing, however long",
      [proven, noTelling, noTelling, noTelling],
      [["finding-opened KeyRevoked"], [], [], []],
    ],
    [
      "what nobody gathered closes nothing",
      [proven, notGathered, notGathered, notGathered],
      [["finding-opened KeyRevoked"], [], [], []],
    ],
    ["that nothing can be said is no finding that opens", [noTelling, noTelling, noTelling], [[], [], []]],
  ];
  test.each(cases)("%s", (_, looks, expected) => {
    expect(told(looks.map((options, index) => lookAt(index + 1, {}, options))).lines).toEqual(expected);
  });

  test("a selector that cannot be followed keeps its findings; another's close", () => {
    const s2 = keyNameOf("s2");
    const both = [revoked, { code: "KeyRevoked", subject: s2 }];
    const partly: LookOptions = { findings: [{ code: "Undetermined", subject: "elsewhere.example" }] };
    const standing: Record<string, Standing> = { s1: "silent", s2: one };
    const { lines, history } = told([
      lookAt(1, { s1: one, s2: one }, { findings: both }),
      lookAt(2, standing, partly),
      lookAt(3, standing, partly),
    ]);
    expect(lines[2]).toEqual(["finding-closed KeyRevoked"]);
    expect(history.findings.map(({ subject, state }) => `${subject} ${state}`)).toEqual([`${s1} open`, `${s2} closed`]);
  });

  test("a check that passed says nothing of a chain that could not be followed", () => {
    const { history } = told([
      lookAt(1, { s1: one, s2: one }, { findings: [revoked] }),
      lookAt(2, { s1: "silent", s2: one }),
      lookAt(3, { s1: "silent", s2: one }),
    ]);
    expect(history.findings).toMatchObject([{ state: "open", cleanLooks: 0 }]);
  });

  test("a check that could not tell for one name closes nothing at names that no chain explains", () => {
    const spf = { code: "KeyRevoked", subject: "example.com" };
    const partly: LookOptions = { findings: [{ code: "Undetermined", subject: "_spf.example.net" }] };
    const { history } = told([
      lookAt(1, { s1: one }, { findings: [spf] }),
      lookAt(2, { s1: one }, partly),
      lookAt(3, { s1: one }, partly),
    ]);
    expect(history.findings[0]).toMatchObject({ state: "open", cleanLooks: 0 });
  });

  test("the findings of a check that exists no more close", () => {
    const { lines } = told([
      lookAt(1, {}, { findings: [{ ...revoked, check: "dropped-check" }] }),
      lookAt(2, {}),
      lookAt(3, {}),
    ]);
    expect(lines[2]).toEqual(["finding-closed KeyRevoked"]);
  });

  test("times and counts of a finding that came back", () => {
    const { history } = told(
      [bad, bad, clean, clean, bad, bad].map((options, index) => lookAt(index + 1, {}, options)),
    );
    expect(history.findings).toMatchObject([
      { state: "open", firstSeenAt: 1000, lastSeenAt: 6000, openedAt: 6000, closedAt: 4000, openings: 2 },
    ]);
  });

  test("of one code at one name the worst is kept", () => {
    const findings = [
      { ...revoked, severity: "high" as const },
      { ...revoked, severity: "low" as const },
    ];
    expect(told([lookAt(1, {}, { findings })]).history.findings).toMatchObject([{ severity: "high" }]);
  });
});

test("what waits for a second look is unsettled until that came", () => {
  const bad: LookOptions = { findings: [{ code: "NoKeyRecord", subject: s1 }] };
  const unsettled = (...looks: Look[]): boolean => isUnsettled(told(looks).history);
  expect(unsettled(lookAt(1, { s1: one }))).toBe(false);
  expect(unsettled(lookAt(1, {}, bad))).toBe(true);
  expect(unsettled(lookAt(1, {}, bad), lookAt(2, {}, bad))).toBe(false);
  expect(unsettled(lookAt(1, {}, bad), lookAt(2, {}, bad), lookAt(3, {}))).toBe(true);
  expect(unsettled(lookAt(1, { s1: one }), lookAt(2, { s1: "absent" }))).toBe(true);
  expect(unsettled(lookAt(1, { s1: one }), lookAt(2, { s1: "absent" }), lookAt(3, { s1: "absent" }))).toBe(false);
});

test("looks within a minute do not confirm each other; a minute later they do", () => {
  const bad: LookOptions = { findings: [{ code: "NoKeyRecord", subject: s1 }] };
  const times = (...at: number[]): string[][] =>
    told(at.map((when, index) => lookAt(index + 1, {}, { ...bad, at: when }))).lines;
  expect(times(1000, 1001, 1059)).toEqual([[], [], []]);
  expect(times(1000, 1001, 1060)).toEqual([[], [], ["finding-opened NoKeyRecord"]]);
  const gone = (...at: number[]): string[][] =>
    told([
      lookAt(1, { s1: one }, { at: 1 }),
      ...at.map((when, index) => lookAt(index + 2, { s1: "absent" }, { at: when })),
    ]).lines;
  expect(gone(1000, 1059)).toEqual([[], [], []]);
  expect(gone(1000, 1060)).toEqual([[], [], ["selector-gone"]]);
  const clean = (...at: number[]): string[][] =>
    told([
      lookAt(1, {}, { at: 1, findings: [{ code: "KeyRevoked", subject: s1 }] }),
      ...at.map((when, index) => lookAt(index + 2, {}, { at: when })),
    ]).lines.slice(1);
  expect(clean(1000, 1059)).toEqual([[], []]);
  expect(clean(1000, 1060)).toEqual([[], ["finding-closed KeyRevoked"]]);
});

test("a clock that was set back does not keep looks from confirming each other", () => {
  const bad: LookOptions = { findings: [{ code: "NoKeyRecord", subject: s1 }] };
  const { lines } = told([lookAt(1, {}, { ...bad, at: 9_000_000 }), lookAt(2, {}, { ...bad, at: 5000 })]);
  expect(lines[1]).toEqual(["finding-opened NoKeyRecord"]);
});

test("a clock that was set back ends nothing and dates nothing before what is known", () => {
  const { history } = told([lookAt(1, { s1: one }, { at: 5000 }), lookAt(2, { s1: two }, { at: 100 })]);
  expect(history.observations.map(({ firstSeenAt, lastSeenAt }) => [firstSeenAt, lastSeenAt])).toEqual([
    [5000, 5000],
    [5000, 5000],
  ]);
});
