import { expect, test } from "vitest";
import type { NameObservation, ServerAnswer } from "../rotation/chain-observation.ts";
import { vantageProblem } from "./vantage-problem.ts";

const record = { type: "CNAME" as const, data: "x.dkim.esp.example." };
type Said = "here" | "nothing" | "silent";
const says = (said: Said): ServerAnswer["said"] =>
  said === "silent"
    ? { kind: "unknown", reason: "timeout" }
    : {
        kind: "answer",
        authoritative: false,
        records: said === "nothing" ? [] : [{ type: "CNAME", ttlSeconds: 300, data: "X.dkim.esp.example" }],
      };
const at: NameObservation = {
  name: "s1._domainkey.customer.example",
  type: "CNAME",
  zone: "customer.example",
  negativeTtlSeconds: 600,
  answers: [{ address: "192.0.2.1", transport: "udp", said: says("here") }],
};

test.each<[string, number | undefined, Said[], boolean]>([
  ["all see it", 0, ["here", "here"], false],
  ["one does not after the TTLs have run out", 0, ["here", "nothing"], true],
  ["one may still remember that it was not there", 600, ["nothing"], false],
  ["it is the first look", undefined, ["nothing"], false],
  ["I-12 a silent one says nothing", 0, ["silent"], false],
  ["nobody is elsewhere", 0, [], false],
])("ResolversDisagree when %s", (_title, presentSince, elsewhere, isTold) => {
  const answers = elsewhere.map((said): ServerAnswer => ({
    address: "resolver 1",
    transport: "udp",
    said: says(said),
  }));
  const told = vantageProblem(record, at, presentSince, 1000, answers);
  expect(told?.code).toBe(isTold ? "ResolversDisagree" : undefined);
  if (isTold) expect(told?.evidence).toEqual(["resolver 1: nothing there"]);
});
