import { listRecordStates } from "../../engine/database/record-states.ts";
import type { RecordStateRow } from "../../engine/database/schema.ts";
import type { Finding } from "../../model/finding.ts";
import { type KeyLook, rotationAlarms } from "../../model/rotation/rotation-alarm.ts";
import { expectationOf } from "../../model/rotation/rotation-loss.ts";
import type { ManagedKey } from "../../model/rotation/rotation-state.ts";
import { lookIntoStreams, type Onlooker } from "./key-list.ts";

/** What somebody has to know about a claim's rotations, by the controller's last looks. Refuses a domain that is not there. */
export async function listAlarms(deps: Onlooker, tenantId: string, domainId: string): Promise<Finding[]> {
  const { domain, streams } = await lookIntoStreams(deps, tenantId, domainId);
  const seen = await listRecordStates(deps.db, tenantId, domainId);
  return streams.flatMap(({ state, policy }) => {
    const looks = new Map(
      state.keys.flatMap((key) => {
        const look = lookFound(key, seen);
        return look === undefined ? [] : [[key.id, look] as const];
      }),
    );
    return rotationAlarms(domain.row.name, state, policy, looks);
  });
}

/** The name under which the controller leaves what it saw of a key. A key that is taken back is looked for where its record was. */
export const lookedAtName = (key: ManagedKey): string =>
  expectationOf(key) === "present" ? (key.chain.aliases[0]?.name ?? key.chain.record.name) : key.chain.record.name;

/** What is older than the last thing recorded about the key was seen of another state of it, or of the key before it. */
function lookFound(key: ManagedKey, seen: readonly RecordStateRow[]): KeyLook | undefined {
  const row = seen.find(({ name, type }) => type === "TXT" && name === lookedAtName(key));
  if (row === undefined || row.checkedAt < (key.facts.at(-1)?.at ?? 0)) return undefined;
  const { reasons = [], lacking = [], bogus = [] } = row.found as Partial<Record<keyof KeyLook, string[]>>;
  return { state: row.state, reasons, lacking, bogus };
}
