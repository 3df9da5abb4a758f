import { isAtOrBelow } from "chancery/dns";
import { claimedBy, methodOf } from "./delegation-methods.ts";
import type { Claim, ClaimKey, MethodName } from "./delegation.ts";
import type { KeyRole } from "../key/key-role.ts";
import { type Move, type MoveStage, zoneLeft } from "./move.ts";
import type { NeededRecord, RecordNeed } from "./move-records.ts";
import type { RecordState } from "./record-check.ts";
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

/** A key, as far as the parts of a move depend on it. */
type MovingKey = Pick<ClaimKey, "method" | "role" | "phase">;

/** A record of the customer's, as far as what is next depends on it. */
type MovingRecord = { need: RecordNeed | "later"; state: RecordState };

/** `claim`: as it is stored. `records`: what was last seen of all that the customer publishes, or is to remove. */
export function moveView(
  claim: Claim,
  move: Move,
  roles: readonly KeyRole[],
  keys: readonly MovingKey[],
  records: readonly MovingRecord[],
): MoveView {
  const { domain } = claim;
  const { from, to, stage, requestedAt, since, left } = move;
  const told = left === to ? givenUp(move, records) : onTheWay(claim, move, roles, keys, records);
  const current = told.findIndex(({ done }) => !done);
  const parts = told.map(({ who, what, done }, index): MovePart => ({
    who,
    what,
    state: done ? "done" : index === current ? "now" : "later",
  }));
  const part = told[current];
  const next =
    part === undefined
      ? "nothing"
      : part.isSeen === true
        ? "nothing: what was asked for is seen; it goes on by itself once every name server has shown that, round after round"
        : part.who === "customer"
          ? `${part.what}, then: chancery domain verify ${domain}`
          : `wait: ${part.what}; "chancery key list ${domain}" says until when`;
  return { from, to, stage, requestedAt, since, parts, next };
}

/** `isSeen`: the last look saw that the customer has done it; it is not done before every look that counts has. */
type Part = Pick<MovePart, "who" | "what"> & { done: boolean; isSeen?: boolean };

const isEach = (records: readonly MovingRecord[], need: RecordNeed, state: RecordState): boolean => {
  const some = records.filter((record) => record.need === need);
  return some.length > 0 && some.every((record) => record.state === state);
};

function onTheWay(
  claim: Claim,
  move: Move,
  roles: readonly KeyRole[],
  keys: readonly MovingKey[],
  records: readonly MovingRecord[],
): Part[] {
  const { from, to, stage } = move;
  const { domain } = claim;
  const [present, target] = [methodOf(from), methodOf(to)];
  const zone = target.ownZone(claimedBy(claim, to));
  const isOver = stage === "settled" || stage === "gone";
  const isDelegated = stage === "delegated" || isOver;
  const isAt = (...phases: readonly ClaimKey["phase"][]): boolean =>
    roles.every((role) => keys.some((key) => key.role === role && key.method === to && phases.includes(key.phase)));
  const isSwitched = isDelegated && isAt("active");
  const isConfirmed = isDelegated && isAt("published", "ready", "active");
  const isPublished = isEach(records, "wanted", "present");
  const parts: Part[] = [];
  if (zone !== undefined)
    parts.push({
      who: "chancery",
      what: `nothing that verifies now may be hidden by the delegation of ${zone}`,
      done: stage !== "requested",
    });
  const inner = heldIn(claim, move);
  if (inner !== undefined)
    parts.push({
      who: "chancery",
      what: `our zone ${inner} answers for the records of ${to}: below a delegation nobody sees those of your own zone`,
      done: isDelegated,
    });
  else if (target.maker === "customer" || target.keeper === "customer")
    parts.push({ who: "chancery", what: `the next key is to be one of ${to}`, done: isDelegated });
  if (target.maker === "customer")
    parts.push({
      who: "customer",
      what: `bring a key: "chancery key import ${domain} --selector S --key FILE"${inner === undefined ? `, and publish its record beside the records of ${from}` : ""}`,
      done: isConfirmed,
      isSeen: isPublished,
    });
  else if (inner === undefined && target.keeper === "customer")
    parts.push({
      who: "customer",
      what: `publish the key record of ${to} beside the records of ${from}`,
      done: isConfirmed,
      isSeen: isPublished,
    });
  else if (inner === undefined)
    parts.push({
      who: "customer",
      what: `publish the records of ${to} beside those of ${from}`,
      done: isDelegated,
      isSeen: isPublished,
    });
  parts.push(
    {
      who: "chancery",
      what: `a new key is seen everywhere under ${to}, caches forget what stood there before (W), and it takes over`,
      done: isSwitched,
    },
    present.maker === "customer"
      ? {
          who: "customer",
          what: `say of each key that you brought when nobody signs with it any more ("chancery key withdraw ${domain} --selector S"); it stays until its mail has arrived (D)`,
          done: isOver,
        }
      : {
          who: "chancery",
          what: `mail that was signed under ${from} arrives (D), and its keys are withdrawn`,
          done: isOver,
        },
  );
  const left = zoneLeft(claim, move);
  if (inner !== undefined)
    parts.push(
      {
        who: "customer",
        what: `in one change of your zone, put the records of ${to} in the place of the delegation of ${inner}, with whatever else you need of it ("chancery zone record list ${inner}" shows all); before that leave the delegation`,
        done: stage === "gone",
      },
      { who: "chancery", what: `caches forget the delegation of ${inner}, and it is served no more`, done: false },
    );
  else if (left === undefined || zone === undefined || !isAtOrBelow(left, zone))
    parts.push({
      who: "customer",
      what: `remove the records of ${from}`,
      done: false,
      isSeen: isEach(records, "removable", "absent"),
    });
  return parts;
}

/** The zone that the move leads out of and in which the records of the new method lie; undefined: they lie elsewhere. */
function heldIn(claim: Claim, move: Move): string | undefined {
  const place = methodOf(move.to).ownZone(claimedBy(claim, move.to)) ?? `_domainkey.${claim.domain}`;
  const zone = zoneLeft(claim, move);
  return zone !== undefined && isAtOrBelow(place, zone) ? zone : undefined;
}

function givenUp({ from, to, stage }: Move, records: readonly MovingRecord[]): Part[] {
  return [
    {
      who: "chancery",
      what: `keys go on under ${from}; those made under ${to} are withdrawn`,
      done: stage === "settled",
    },
    {
      who: "customer",
      what: `remove the records of ${to}`,
      done: false,
      isSeen: isEach(records, "removable", "absent"),
    },
  ];
}

/** How much a record matters to the customer now: what we answer for below a delegation is to be published when that is taken back. */
export const needShown = (
  { need, held }: Pick<NeededRecord, "need" | "held">,
  stage: MoveStage,
): RecordNeed | "later" => (held && stage !== "settled" && stage !== "gone" ? "later" : need);

/** What a customer has to know of a record during a move; undefined: as ever. `isOut`: the move leads out of a delegation that hides new records. */
export function needText(
  { need, held }: Pick<NeededRecord, "need" | "held">,
  move: Move,
  isOut: boolean,
): string | undefined {
  const { from, to, left, stage } = move;
  const other = left === to ? to : from;
  if (held && stage === "settled") return "publish it in the place of the delegation, in one change of your zone";
  switch (needShown({ need, ...(held && { held }) }, stage)) {
    case "later":
      return "later: we answer for it below the delegation until you take that back";
    case "now":
      return undefined;
    case "wanted":
      return `new, for the move to ${to}`;
    case "leaving":
      return `leave it: needed until mail signed under ${other} has arrived and its last key is withdrawn`;
    case "removable":
      return isOut && stage === "settled"
        ? "remove it in the same change, not before: what takes its place is hidden until then"
        : "can be removed now: nothing that is in flight needs it";
  }
}
