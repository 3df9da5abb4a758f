import { utcText } from "../../model/seconds.ts";
import type { KeyList, WaitListing } from "../../service/lifecycle/key-list.ts";

/** The symbols that the parts of a move name waits by. */
const symbols: Partial<Record<WaitListing["for"], string>> = { visibility: "W", drain: "D" };
/** What says nothing of how far a move is: looks at keys that sign or stand by, and turns to come. */
const unrelated: ReadonlySet<WaitListing["for"]> = new Set(["sight", "rotation", "destruction", "disclosure"]);

/** Why a move does not go on, for people: each wait with its reason, and until when where a clock can tell. */
export const moveWaits = ({ waits, keys }: KeyList): string[] => [
  ...waits.filter((wait) => wait.for === "move").map(waitText),
  ...keys.flatMap(({ selector, waits: own }) =>
    own.filter((wait) => !unrelated.has(wait.for)).map((wait) => `${selector}: ${waitText(wait)}`),
  ),
];

function waitText({ for: what, reason, until }: WaitListing): string {
  const symbol = symbols[what];
  return `${reason}${until === undefined ? "" : `, until ${utcText(until)}`}${symbol === undefined ? "" : ` (${symbol})`}`;
}
