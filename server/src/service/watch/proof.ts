import type { WatchRow } from "../../engine/database/schema.ts";
import { challengeName } from "../../model/delegation/challenge-name.ts";
import type { CustomerRecord } from "../../model/delegation/delegation.ts";
import { checkRecord, type RecordState } from "../../model/delegation/record-check.ts";
import { proofAgainSeconds, type Standing } from "../../model/watch/may-look.ts";
import type { WatchDeps } from "./deps.ts";

/** What the owner publishes to show that the domain is theirs: the same name and form as for a delegation. */
export const proofRecord = ({ name, challengeToken }: WatchRow): CustomerRecord => ({
  name: challengeName(name),
  type: "TXT",
  data: `"${challengeToken}"`,
  purpose: "challenge",
});

/** Whether to look for the proof now: always while there is none, then once a day. */
export const isProofDue = ({ proofLookedAt }: WatchRow, standing: Standing, now: number): boolean =>
  standing !== "proven" || proofLookedAt === null || Math.abs(now - proofLookedAt) >= proofAgainSeconds;

/** Asks every authoritative server for the proof of control. */
export async function lookForProof({ observe }: Pick<WatchDeps, "observe">, row: WatchRow): Promise<RecordState> {
  const record = proofRecord(row);
  return checkRecord(record, await observe(record.name)).state;
}
