import { expect, test } from "vitest";
import type { Claim, MethodName } from "./delegation.ts";
import type { Move, MoveStage } from "./move.ts";
import { moveView } from "./move-view.ts";

const claim: Claim = {
  domain: "customer.example",
  method: "cname-ring",
  label: "s",
  seed: "seed",
  challengeToken: "token",
  options: {},
};
type Records = Parameters<typeof moveView>[4];
const next = (to: MethodName, stage: MoveStage, records: Records, left: MethodName = "cname-ring"): string => {
  const move: Move = { from: "cname-ring", to, stage, requestedAt: 1, since: 1, left };
  return moveView(claim, move, ["primary"], [], records).next;
};
const proof = { need: "now", state: "present" } as const;
const wanted = { need: "wanted", state: "absent" } as const;
const removable = { need: "removable", state: "present" } as const;

test.each<[string, string, string]>([
  [
    "asks for the new records while one is missing",
    next("ns-branch", "asked", [proof, wanted, { ...wanted, state: "present" }]),
    "publish the records of ns-branch",
  ],
  [
    "asks for nothing that is there already",
    next("ns-branch", "asked", [proof, { ...wanted, state: "present" }]),
    "nothing: what was asked for is seen",
  ],
  ["asks for records that are not shown yet", next("ns-branch", "asked", [proof]), "publish the records of ns-branch"],
  [
    "asks for no key record that is there already",
    next("txt", "delegated", [proof, { ...wanted, state: "present" }]),
    "nothing: what was asked for is seen",
  ],
  [
    "given up asks to remove what still stands",
    next("ns-branch", "settled", [removable, { ...removable, state: "absent" }], "ns-branch"),
    "remove the records of ns-branch",
  ],
  [
    "given up asks for nothing that is gone already",
    next("ns-branch", "settled", [{ ...removable, state: "absent" }], "ns-branch"),
    "nothing: what was asked for is seen",
  ],
])("what is next of a move %s", (_title, says, expected) => {
  expect(says).toContain(expected);
});
