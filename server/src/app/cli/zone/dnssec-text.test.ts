import type { ZoneDnssec } from "@chancery/api";
import { expect, test } from "vitest";
import { zoneDnssecText } from "./dnssec-text.ts";

const signed: ZoneDnssec = {
  origin: "esp.example",
  state: "signed",
  mode: "online",
  algorithm: 13,
  keys: [{ role: "ksk", keyTag: 12345, algorithm: 13, phase: "ready", since: 1_770_000_000 }],
  ds: {
    act: "publish",
    reason: "as long as it is not there, the zone works as one that is not signed",
    record: {
      text: "12345 13 2 ABCD",
      keyTag: 12345,
      algorithm: 13,
      algorithmName: "ECDSAP256SHA256",
      digestType: 2,
      digest: "ABCD",
      flags: 257,
      publicKey: "AAAA",
    },
  },
  waits: [{ reason: "every server of the parent has to show its DS record", keyTag: 12345, until: 1_770_000_600 }],
  alarms: ["192.0.2.1 serves \u001b[31mold signatures"],
  lookedAt: 1_770_000_000,
};

test("a DS record is shown in every form that registrars ask for, with what is waited for and what is wrong", () => {
  const text = zoneDnssecText(signed);
  for (const part of [
    "DS: publish this DS record in the parent zone",
    "esp.example. IN DS 12345 13 2 ABCD",
    "key tag      12345",
    "algorithm    13 (ECDSAP256SHA256)",
    "digest       ABCD",
    "flags 257, protocol 3, algorithm 13, public key",
    "12345: every server of the parent has to show its DS record (not before 2026-02-02T02:50:00Z)",
    "ALARM: 192.0.2.1",
  ])
    expect(text).toContain(part);
  expect(text).not.toContain("\u001b");
});

test("nothing is told of a DS record that has to wait", () => {
  const text = zoneDnssecText({ ...signed, ds: { ...signed.ds, act: "wait" } });
  expect(text).toContain("nothing to do at the parent yet");
  expect(text).not.toContain("ABCD");
});
