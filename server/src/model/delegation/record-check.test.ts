import { describe, expect, test } from "vitest";
import type { NameObservation, ServerAnswer } from "../rotation/chain-observation.ts";
import type { CustomerRecord } from "./delegation.ts";
import { checkRecord } from "./record-check.ts";

const alias: CustomerRecord = {
  name: "s1._domainkey.customer.example",
  type: "CNAME",
  data: "x.dkim.esp.example.",
  purpose: "key-alias",
};
const token: CustomerRecord = {
  name: "_chancery-challenge.customer.example",
  type: "TXT",
  data: '"abc"',
  purpose: "challenge",
};

const says = (address: string, ...records: [type: "CNAME" | "TXT" | "NS", data: string][]): ServerAnswer => ({
  address,
  transport: "udp",
  said: {
    kind: "answer",
    authoritative: true,
    records: records.map(([type, data]) => ({ type, data, ttlSeconds: 5 })),
  },
});
const silent = (address: string): ServerAnswer => ({
  address,
  transport: "udp",
  said: { kind: "unknown", reason: "timeout" },
});
const observed = (...answers: ServerAnswer[]): NameObservation => ({
  name: alias.name,
  type: "CNAME",
  zone: "customer.example",
  negativeTtlSeconds: 2,
  answers,
});

describe("a record that the customer has to publish", () => {
  const cases: [title: string, record: CustomerRecord, seen: NameObservation, state: string][] = [
    [
      "is present when every address says it",
      alias,
      observed(says("a", ["CNAME", "X.dkim.esp.example."]), says("b", ["CNAME", "x.dkim.esp.example"])),
      "present",
    ],
    [
      "is absent when one address has nothing",
      alias,
      observed(says("a", ["CNAME", "x.dkim.esp.example"]), says("b")),
      "absent",
    ],
    [
      "is wrong when one address says something else",
      alias,
      observed(says("a"), says("b", ["CNAME", "y.example"])),
      "wrong",
    ],
    [
      "is wrong when data stands beside the alias",
      alias,
      observed(says("a", ["CNAME", "x.dkim.esp.example"], ["TXT", "v=spf1"])),
      "wrong",
    ],
    [
      "is unknown when an address is silent and nobody contradicts (I-12)",
      alias,
      observed(says("a", ["CNAME", "x.dkim.esp.example"]), silent("b")),
      "unknown",
    ],
    ["is unknown when no server could be found", alias, observed(), "unknown"],
    [
      "may stand beside other texts when it is the proof of control",
      token,
      observed(says("a", ["TXT", "other"], ["TXT", "abc"])),
      "present",
    ],
  ];
  test.each(cases)("%s", (_title, record, seen, state) => {
    expect(checkRecord(record, seen).state).toBe(state);
  });

  test("tells what stands there instead", () => {
    expect(checkRecord(alias, observed(says("a", ["TXT", "v=DKIM1; p=abc"]))).found).toEqual(["TXT v=DKIM1; p=abc"]);
  });
});

test("of a text of 64 kB the beginning is told", () => {
  const { state, found } = checkRecord(token, observed(says("192.0.2.1", ["TXT", "x".repeat(65_000)])));
  expect(state).toBe("wrong");
  expect(found).toEqual([`${"x".repeat(2000)}…`]);
});
