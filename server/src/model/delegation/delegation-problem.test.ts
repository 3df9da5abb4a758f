import { expect, test } from "vitest";
import type { NameObservation } from "../rotation/chain-observation.ts";
import { lameServers } from "./delegation-problem.ts";

const asked = (...reasons: string[]): NameObservation => ({
  name: "email.customer.example",
  type: "TXT",
  zone: "email.customer.example",
  negativeTtlSeconds: undefined,
  answers: reasons.map((reason, index) => ({
    address: `192.0.2.${index + 1}`,
    transport: "udp",
    said: reason === "" ? { kind: "answer", authoritative: true, records: [] } : { kind: "unknown", reason },
  })),
});

test.each<[string, NameObservation, string[]]>([
  ["a server that refuses is told", asked("", "refused"), ["192.0.2.2: refused"]],
  ["so is one without authority", asked("lame", ""), ["192.0.2.1: lame"]],
  ["I-12 one that keeps silent may be something else", asked("", "timeout"), []],
])("%s of a zone that is delegated to us", (_title, observed, evidence) => {
  const told = lameServers("email.customer.example", observed);
  expect(told.map(({ code }) => code)).toEqual(evidence.map(() => "LameDelegation"));
  expect(told.flatMap((one) => one.evidence)).toEqual(evidence);
});
