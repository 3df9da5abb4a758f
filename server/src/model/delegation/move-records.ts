import { isAtOrBelow } from "chancery/dns";
import { claimedBy, expectedRecords, methodOf } from "./delegation-methods.ts";
import type { Claim, ClaimKey, CustomerRecord, DnsSettings } from "./delegation.ts";
import type { KeyRole } from "../key/key-role.ts";
import { type Move, zoneLeft } from "./move.ts";
import type { RecordState } from "./record-check.ts";

/**
 * How much a record matters while a claim moves. `now`: mail depends on it. `wanted`: the move waits for it. `leaving`: mail depends on
 * it still, and soon will not. `removable`: nothing that is in flight needs it.
 */
export type RecordNeed = "now" | "wanted" | "leaving" | "removable";

/**
 * `held`: it lies below a delegation that the move leads out of, where nobody sees what the customer publishes. We answer for it, until the
 * customer puts it in the place of the delegation.
 */
export type NeededRecord = CustomerRecord & { need: RecordNeed; held?: true };

/** The records of a claim's own method, and beside them those of the method that it moves to or has left. */
export function neededRecords(
  claim: Claim,
  move: Move | undefined,
  roles: readonly KeyRole[],
  dns: DnsSettings,
  keys: readonly ClaimKey[],
): NeededRecord[] {
  const needed = needs(claim, move).flatMap(({ method, need }) =>
    expectedRecords(claimedBy(claim, method), roles, dns, keys).map((record): NeededRecord => ({
      ...record,
      need: needOf(record, need, move),
      ...(move !== undefined && method === move.to && isHeld(claim, move, record) && { held: true }),
    })),
  );
  const kept = methodOf(claim.method).ownZone(claim);
  const first = new Map<string, NeededRecord>();
  for (const record of needed) {
    // What the kept delegation hides is nobody's to remove: it is ours, and nobody sees what still stands behind it.
    if (record.need === "removable" && kept !== undefined && isAtOrBelow(record.name, kept)) continue;
    const id = `${record.name} ${recordStateKey(record)} ${record.data}`;
    if (!first.has(id)) first.set(id, record); // what two methods share is there to stay
  }
  return [...first.values()];
}

function needs({ method }: Claim, move: Move | undefined): { method: Claim["method"]; need: RecordNeed }[] {
  const own = { method, need: "now" as const };
  switch (move?.stage) {
    case "asked":
      return [own, { method: move.to, need: "wanted" }];
    case "delegated":
      return [
        { method: move.to, need: "now" },
        { method: move.from, need: "leaving" },
      ];
    case "aborted":
      return [own, { method: move.to, need: "leaving" }];
    case "settled":
    case "gone":
      return [own, { method: move.left, need: "removable" }];
    case "requested":
    case "unknown":
    case undefined:
      return [own];
  }
}

/** Where the records follow the keys, one that waits to sign is only asked for, and one that has drained may go before the others. */
function needOf({ purpose }: CustomerRecord, need: RecordNeed, move: Move | undefined): RecordNeed {
  if (need === "now" && purpose === "key-request" && move?.stage === "delegated") return "wanted";
  return need === "leaving" && purpose === "key-removal" ? "removable" : need;
}

/** Whether our old zone answers for a record of the new method. */
function isHeld(claim: Claim, move: Move, { name, purpose }: CustomerRecord): boolean {
  const zone = zoneLeft(claim, move);
  const counts = move.left === move.from && move.stage !== "requested" && purpose !== "key-removal";
  return counts && zone !== undefined && isAtOrBelow(name, zone);
}

/** A record's place among stored states: the NS of a set differ by their data alone. */
export const recordStateKey = ({ type, data }: { type: string; data: string }): string =>
  type === "NS" ? `NS ${data}` : type;

/** What was last seen of a customer's record. */
export type RecordSeen = { name: string; type: string; state: RecordState; checkedAt: number };

/** Whether every record of that need was seen in that state, since the move came so far. */
export const allSeen = (
  records: readonly NeededRecord[],
  need: RecordNeed,
  state: RecordState,
  seen: readonly RecordSeen[],
  since: number,
): boolean =>
  records
    .filter((record) => record.need === need)
    .every((record) =>
      seen.some(
        (one) =>
          one.name === record.name &&
          one.type === recordStateKey(record) &&
          one.state === state &&
          one.checkedAt >= since,
      ),
    );
