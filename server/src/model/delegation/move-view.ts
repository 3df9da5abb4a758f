import type { ClaimKey, MethodName } from "./delegation.ts";
import type { KeyRole } from "../key/key-role.ts";
import type { Move, MoveStage } from "./move.ts";
import type { RecordNeed } from "./move-records.ts";
import type { Seconds } from "../seconds.ts";

/** One part of a move, for people: who does it, and whether it is done, under way, or still to come. */
export type MovePart = { who: "customer" | "chancery"; what: string; state: "done" | "now" | "later" };

/** How far a move is. `next`: what the customer does next, or that there is nothing to do. */
export type MoveView = {
  from: MethodName;
  to: MethodName;
  stage: MoveStage;
  requestedAt: Seconds;
  since: Seconds;
  parts: MovePart[];
  next: string;
};

export function moveView(
  domain: string,
  move: Move,
  roles: readonly KeyRole[],
  keys: readonly Pick<ClaimKey, "method" | "role" | "phase">[],
): MoveView {
  const { from, to, stage, requestedAt, since, left } = move;
  const signsUnder = (method: MethodName): boolean =>
    roles.every((role) => keys.some((key) => key.role === role && key.phase === "active" && key.method === method));
  const told = left === to ? givenUp(move) : onTheWay(move, signsUnder(to));
  const current = told.parts.findIndex(({ done }) => !done);
  const parts = told.parts.map(({ who, what, done }, index): MovePart => ({
    who,
    what,
    state: done ? "done" : index === current ? "now" : "later",
  }));
  const part = parts[current];
  const next =
    part === undefined
      ? "nothing"
      : part.who === "customer"
        ? `${part.what}, then: chancery domain verify ${domain}`
        : `nothing: ${part.what}; "chancery key list ${domain}" says until when`;
  return { from, to, stage, requestedAt, since, parts, next };
}

type Part = Pick<MovePart, "who" | "what"> & { done: boolean };

function onTheWay({ from, to, stage }: Move, switched: boolean): { parts: Part[] } {
  const delegated = stage === "delegated" || stage === "settled";
  return {
    parts: [
      {
        who: "chancery",
        what: `nothing that verifies now may be hidden by the records of ${to}`,
        done: stage !== "requested",
      },
      { who: "customer", what: `publish the records of ${to} beside those of ${from}`, done: delegated },
      {
        who: "chancery",
        what: `a new key is seen everywhere under ${to}, and takes over`,
        done: delegated && switched,
      },
      {
        who: "chancery",
        what: `mail that was signed under ${from} arrives, and its keys are withdrawn`,
        done: stage === "settled",
      },
      { who: "customer", what: `remove the records of ${from}`, done: false },
    ],
  };
}

function givenUp({ from, to, stage }: Move): { parts: Part[] } {
  return {
    parts: [
      {
        who: "chancery",
        what: `keys go on under ${from}; those made under ${to} are withdrawn`,
        done: stage === "settled",
      },
      { who: "customer", what: `remove the records of ${to}`, done: false },
    ],
  };
}

/** What a customer has to know of a record during a move; undefined: as ever. */
export function needText(need: RecordNeed, { from, to, left }: Move): string | undefined {
  const other = left === to ? to : from;
  switch (need) {
    case "now":
      return undefined;
    case "wanted":
      return `new, for the move to ${to}`;
    case "leaving":
      return `needed until the last key under ${other} is withdrawn`;
    case "removable":
      return "can be removed now: nothing that is in flight needs it";
  }
}
