import { type KeyRole, roleOf } from "../key/key-role.ts";
import type { Decide, Proposal } from "./rotation-step.ts";
import {
  activeKey,
  broughtAs,
  type DomainState,
  isOfMethod,
  keysIn,
  type ManagedKey,
  phaseOfKey,
  successorOf,
} from "./rotation-state.ts";

/** What a move asks for between the keys' own steps; the world's part of it, the customer's records, is recorded by who looks at them. */
export function proposalsOfMove(state: DomainState, decide: Decide): Proposal[] {
  const { move } = state;
  const moment = { role: roleOf(state.algorithms[0] ?? "rsa-sha256"), slot: 0, key: undefined };
  switch (move?.stage) {
    case "requested":
      return [decide("ask-move", moment, { do: "move", finding: { kind: "asked", evidence: { to: move.to.name } } })];
    case "delegated":
    case "aborted": {
      const kept = state.method.name;
      const evidence = { kept, left: move.left };
      return [decide("settle-move", moment, { do: "move", finding: { kind: "settled", evidence } })];
    }
    case "asked": {
      if (move.done) return [{ do: "move", finding: { kind: "delegated", evidence: { to: move.to.name } } }];
      const reason = `the customer has yet to publish the records of ${move.to.name}`;
      return [{ do: "nothing", wait: { for: "move", reason } }];
    }
    case "settled": {
      const { left, lingerSeconds: waitSeconds } = move;
      if (!move.done) return [];
      return waitSeconds === undefined
        ? [{ do: "move", finding: { kind: "cleared", evidence: { left } } }]
        : [{ do: "move", finding: { kind: "gone", evidence: { left, waitSeconds } } }];
    }
    case "gone": {
      const { left } = move;
      return [decide("clear-move", moment, { do: "move", finding: { kind: "cleared", evidence: { left } } })];
    }
    case undefined:
    case "unknown":
      return [];
  }
}

/** The ready successor. With nothing that signs, a key that is ready under another method is better than none. */
export function nextToSign(state: DomainState, role: KeyRole): ManagedKey | undefined {
  const successor = successorOf(state, role);
  if (successor !== undefined && phaseOfKey(successor) === "ready") return successor;
  if (activeKey(state, role) !== undefined) return undefined;
  return keysIn(state, role, "ready").find((key) => !isOfMethod(state, key) && broughtAs(key) !== "hosted");
}
