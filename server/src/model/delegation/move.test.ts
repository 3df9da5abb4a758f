import { TYPE } from "chancery/dns";
import { expect, test } from "vitest";
import type { Claim, MethodName } from "./delegation.ts";
import { hiddenBy, importingMethod, type Move, type MoveStage } from "./move.ts";
import { active } from "../rotation/rotation.fixture.ts";
import type { SelectorLook } from "./selector-import.ts";

const claim: Claim = {
  domain: "customer.example",
  method: "cname-ring",
  label: "s",
  seed: "seed",
  challengeToken: "token",
  options: {},
};
const name = "s1._domainkey.customer.example";
const key = {
  ...active,
  chain: { aliases: [{ name, target: "t.dkim.esp.example" }], record: { name: "t.dkim.esp.example", text: "k" } },
};
const taken = (...records: { name: string; type: number }[]): SelectorLook => ({
  lookedAt: 1,
  node: "exists",
  wildcard: false,
  selectors: [{ selector: "s1", state: "present", records: records.map((one) => ({ ...one, ttl: 60, data: "" })) }],
});

test.each<[string, MethodName, SelectorLook | undefined, string[]]>([
  ["nothing was taken over", "ns-domainkey", undefined, [name]],
  ["another name was", "ns-domainkey", taken({ name: `other.${name}`, type: TYPE.CNAME }), [name]],
  ["its alias was", "ns-domainkey", taken({ name, type: TYPE.CNAME }), []],
  ["the delegation of a branch above it was", "ns-domainkey", taken({ name: name.slice(3), type: TYPE.NS }), []],
  ["the new zone is elsewhere", "ns-branch", undefined, []],
])("S18 a name in use is hidden unless the new zone has it: %s", (_, to, look, hidden) => {
  expect(hiddenBy(to, claim, [key], look)).toEqual(hidden);
});

test.each<[string, MethodName, MethodName, MoveStage | undefined, MethodName | undefined]>([
  ["no move", "cname-ring", "ns-domainkey", undefined, undefined],
  ["its target counts as soon as a move is asked for", "cname-ring", "ns-domainkey", "requested", "ns-domainkey"],
  ["while the customer delegates", "cname-ring", "ns-domainkey", "asked", "ns-domainkey"],
  ["not once it is given up", "cname-ring", "ns-domainkey", "aborted", undefined],
  ["the claim's own on the way out", "ns-domainkey", "cname-ring", "asked", "ns-domainkey"],
  ["a target that hides nothing", "cname-ring", "ns-branch", "asked", undefined],
])("selectors are taken over: %s", (_, from, to, stage, method) => {
  const move: Move | undefined = stage && { from, to, stage, requestedAt: 1, since: 1, left: from };
  expect(importingMethod(from, move)).toBe(method);
});
