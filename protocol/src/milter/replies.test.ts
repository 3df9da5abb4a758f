import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ACTION, type Agreed, PROTOCOL } from "./negotiate.ts";
import { createPacketReader } from "./packet.ts";
import {
  CONTINUE,
  type FinalAction,
  formatFinal,
  formatOutcome,
  type HeaderChange,
  insertOnTop,
  PROGRESS,
  SKIP,
} from "./replies.ts";

const everything = ACTION.ADDHDRS | ACTION.CHGHDRS | ACTION.QUARANTINE;
const leading: Agreed = { version: 6, actions: everything, protocol: PROTOCOL.HDR_LEADSPC };
const stripping: Agreed = { version: 6, actions: everything, protocol: 0 };

/** Packets as text: command, then payload. */
function packets(octets: Uint8Array): string[] {
  const batch = createPacketReader().push(octets);
  expect(batch.problem).toBeUndefined();
  return batch.packets.map(({ command, payload }) => command + Buffer.from(payload).toString("latin1"));
}

function changes(headerChanges: HeaderChange[], agreed: Agreed = leading): string[] {
  const outcome = formatOutcome({ action: "accept", headerChanges }, agreed);
  if (!outcome.ok) throw new Error(outcome.problem);
  return packets(outcome.value);
}

const insert = (index: number, name: string, value: string): HeaderChange => ({
  kind: "insert",
  index,
  name,
  value,
});

test("the replies without content are one octet", () => {
  expect([CONTINUE, SKIP, PROGRESS].map(packets)).toEqual([["c"], ["s"], ["p"]]);
});

describe("MLT-23 final actions", () => {
  const rows: [FinalAction, string][] = [
    [{ action: "accept" }, "a"],
    [{ action: "discard" }, "d"],
    [{ action: "reject" }, "r"],
    [{ action: "tempfail" }, "t"],
    [{ action: "reject", reply: { code: 550, enhanced: "5.7.1", text: "no" } }, "y550 5.7.1 no\0"],
    [{ action: "tempfail", reply: { code: 451, enhanced: "4.7.1", text: "later" } }, "y451 4.7.1 later\0"],
    [{ action: "tempfail", reply: { code: 451, text: "later" } }, "y451 later\0"],
    [{ action: "reject", reply: { code: 550, enhanced: "5.7.1", text: "100% no" } }, "y550 5.7.1 100%% no\0"],
    [
      { action: "reject", reply: { code: 550, enhanced: "5.7.1", text: "one\r\ntwo\nthree" } },
      "y550-5.7.1 one\r\n550-5.7.1 two\r\n550 5.7.1 three\0",
    ],
    [{ action: "reject", reply: { code: 554, text: "ü\0\t" } }, "y554 ???\0"],
  ];
  test.each(rows)("%j", (final, expected) => {
    const formatted = formatFinal(final);
    expect(formatted.ok && packets(formatted.value)).toEqual([expected]);
  });

  const wrong: FinalAction[] = [
    { action: "reject", reply: { code: 451, text: "x" } },
    { action: "tempfail", reply: { code: 550, text: "x" } },
    { action: "tempfail", reply: { code: 450.5, text: "x" } },
    { action: "reject", reply: { code: 5500, text: "x" } },
    { action: "reject", reply: { code: 550, enhanced: "4.7.1", text: "x" } },
    { action: "reject", reply: { code: 550, enhanced: "5.7", text: "x" } },
    { action: "reject", reply: { code: 550, enhanced: "5.7.1\r\n250 x", text: "x" } },
  ];
  test.each(wrong)("a reply whose codes do not fit the action is refused: %j", (final) => {
    expect(formatFinal(final)).toMatchObject({ ok: false });
  });

  test("no text makes more than one reply, or a line too long for SMTP", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 3000 }), (text) => {
        const formatted = formatFinal({ action: "reject", reply: { code: 550, enhanced: "5.7.1", text } });
        const [packet = ""] = formatted.ok ? packets(formatted.value) : [];
        expect(packet.at(-1)).toBe("\0");
        const lines = packet.slice(1, -1).split("\r\n");
        lines.forEach((line, i) => {
          expect(line).toMatch(i < lines.length - 1 ? /^550-5\.7\.1 [\x20-\x7e]*$/ : /^550 5\.7\.1 [\x20-\x7e]*$/);
          expect(line.replaceAll("%%", "%").length).toBeLessThanOrEqual(510);
        });
      }),
    );
  });
});

describe("header changes", () => {
  test("MLT-12 with HDR_LEADSPC agreed the value brings its own leading space", () => {
    expect(changes([insert(0, "X-A", " v")], leading)).toEqual(["i\0\0\0\0X-A\0 v\0", "a"]);
  });

  test("MLT-12 without HDR_LEADSPC the MTA writes the space, so exactly one is left out", () => {
    expect(changes([insert(0, "X-A", " v")], stripping)).toEqual(["i\0\0\0\0X-A\0v\0", "a"]);
    expect(changes([insert(0, "X-A", "  v")], stripping)).toEqual(["i\0\0\0\0X-A\0 v\0", "a"]);
  });

  test.each([
    [" a\r\n\tb\r\n c", " a\n\tb\n c"],
    [" a\n\tb", " a\n\tb"],
    [" a\r\n", " a"],
    [" a\r\n b\r\n", " a\n b"],
    [" \xff", " \xff"],
  ])("MLT-13 folds of %j go out as LF and blank, without a line end: %j", (value, sent) => {
    expect(changes([insert(0, "X-A", value)])).toEqual([`i\0\0\0\0X-A\0${sent}\0`, "a"]);
  });

  test.each([
    { why: "a line that would be a field of its own", change: insert(0, "X-A", " a\r\nBcc: b@example.com") },
    { why: "the end of the header", change: insert(0, "X-A", " a\r\n\r\nbody") },
    { why: "a CR alone", change: insert(0, "X-A", " a\rb") },
    { why: "NUL", change: insert(0, "X-A", " a\0b") },
    { why: "an empty value", change: insert(0, "X-A", "") },
    { why: "a name with a colon", change: insert(0, "X:A", " v") },
    { why: "a name with a NUL", change: insert(0, "X\0A", " v") },
    { why: "an empty name", change: insert(0, "", " v") },
    { why: "a negative index", change: insert(-1, "X-A", " v") },
    { why: "an index that is no number", change: insert(Number.NaN, "X-A", " v") },
    { why: "more than a packet holds", change: insert(0, "X-A", ` ${"v".repeat(65_536)}`) },
    { why: "index 0 of a change", change: { kind: "change", index: 0, name: "X-A", value: " v" } },
    { why: "index 0 of a removal", change: { kind: "remove", index: 0, name: "X-A" } },
  ] satisfies { why: string; change: HeaderChange }[])("$why is refused and nothing is sent", ({ change }) => {
    expect(formatOutcome({ action: "accept", headerChanges: [change] }, leading)).toMatchObject({ ok: false });
  });

  test("MLT-15 index 0 is the top, and fields for one place come out in the order given", () => {
    // Each INSHEADER at 0 goes above the last, so the lowest is sent first.
    expect(changes([insert(0, "X-A", " 1"), insert(0, "X-B", " 2"), insert(3, "X-C", " 3")])).toEqual([
      "i\0\0\0\x03X-C\0 3\0",
      "i\0\0\0\0X-B\0 2\0",
      "i\0\0\0\0X-A\0 1\0",
      "a",
    ]);
  });

  test("MLT-16 removals go from the highest index down, and before insertions", () => {
    const name = "Authentication-Results";
    expect(
      changes([
        insert(0, name, " mx.example; none"),
        { kind: "remove", index: 1, name },
        { kind: "remove", index: 3, name },
        { kind: "change", index: 2, name, value: " x" },
      ]),
    ).toEqual([
      `m\0\0\0\x03${name}\0\0`,
      `m\0\0\0\x02${name}\0 x\0`,
      `m\0\0\0\x01${name}\0\0`,
      `i\0\0\0\0${name}\0 mx.example; none\0`,
      "a",
    ]);
  });

  test.each([
    { action: "ADDHDRS", outcome: { action: "accept", headerChanges: [insert(0, "X-A", " v")] } },
    { action: "CHGHDRS", outcome: { action: "accept", headerChanges: [{ kind: "remove", index: 1, name: "X-A" }] } },
    { action: "QUARANTINE", outcome: { action: "accept", quarantine: "x" } },
  ] as const)("MLT-02 what needs $action is refused where that was not agreed", ({ action, outcome }) => {
    const without = { ...leading, actions: everything & ~ACTION[action] };
    expect(formatOutcome(outcome, without)).toMatchObject({
      ok: false,
      problem: `${action} was not agreed with the MTA`,
    });
  });
});

test("MLT-15 DKIM-S-15 signature fields as they are made go on top in their order", () => {
  const fields = insertOnTop(Buffer.from("X-A: 1;\r\n\tb=x\r\nX-B:2\r\n"));
  expect(fields.ok && changes(fields.value)).toEqual(["i\0\0\0\0X-B\x002\0", "i\0\0\0\0X-A\0 1;\n\tb=x\0", "a"]);
  expect(fields.ok && changes(fields.value, stripping)).toEqual([
    "i\0\0\0\0X-B\x002\0",
    "i\0\0\0\0X-A\x001;\n\tb=x\0",
    "a",
  ]);
});

test("MLT-18 quarantine comes before the final action, its reason on one line", () => {
  const outcome = formatOutcome({ action: "accept", quarantine: "p=\r\nquarantine" }, leading);
  expect(outcome.ok && packets(outcome.value)).toEqual(["qp=??quarantine\0", "a"]);
});
