import { listRecordStates } from "../../engine/database/record-states.ts";
import type { Database, DomainRow } from "../../engine/database/schema.ts";
import type { CustomerRecord } from "../../model/delegation/delegation.ts";
import type { KeptRecordProblem } from "../../model/delegation/kept-record.ts";
import { type NeededRecord, type RecordNeed, recordStateKey } from "../../model/delegation/move-records.ts";
import { needShown, needText } from "../../model/delegation/move-view.ts";
import type { RecordState, RecordVerdict } from "../../model/delegation/record-check.ts";
import { moveOfClaim, type OnboardingSettings, recordsOf } from "./claim.ts";
import type { CustomerZone } from "./look-closer.ts";

/** A record of a customer with what was last seen of it. Names carry no final dot. */
export type RecordView = {
  name: string;
  type: string;
  ttl: number;
  data: string;
  purpose: string;
  state: RecordState;
  found: string[];
  remedy: string | undefined;
  checkedAt: number | null;
  need: RecordNeed | "later";
  note: string | undefined;
  /** Absent: of the default stream, or of the whole domain. */
  stream?: string;
};

/** What is kept of a look at a record. */
type StoredVerdict = RecordVerdict & { also: KeptRecordProblem[]; zone: CustomerZone };

/** A record with the whole of what was kept of the last look at it. */
export type SeenRecord = Partial<StoredVerdict> & {
  record: NeededRecord & { stream?: string };
  view: RecordView;
  /** What a text at the name of an alias was seen to be, behind the alias. */
  behind: { state: RecordState; reasons: readonly string[]; checkedAt: number } | undefined;
};

const purposes: Record<CustomerRecord["purpose"], string> = {
  challenge: "proof of control",
  "key-alias": "key",
  "key-alias-ahead": "key to come",
  "key-record": "key",
  "key-request": "key",
  "key-removal": "key (can go)",
  delegation: "delegation",
};

/** What the customer has to publish, and may remove, each with what was last seen of it. */
export async function seenRecords(
  db: Database,
  row: DomainRow,
  settings: OnboardingSettings,
  move: Awaited<ReturnType<typeof moveOfClaim>>,
): Promise<SeenRecord[]> {
  const seen = new Map(
    (await listRecordStates(db, row.tenantId, row.id)).map((one) => [`${one.name} ${one.type}`, one]),
  );
  const needed = await recordsOf(db, row, settings);
  const isOut = needed.some(({ held }) => held === true);
  return needed.map((record) => {
    const last = seen.get(`${record.name} ${recordStateKey(record)}`);
    const text = record.type === "CNAME" ? seen.get(`${record.name} TXT`) : undefined;
    const kept = (last?.found ?? {}) as Partial<StoredVerdict>;
    const state = last?.state ?? "unknown";
    const shown = { name: record.name, type: record.type, data: plain(record) };
    return {
      ...kept,
      record,
      behind: text && { ...text, reasons: (text.found as Partial<RecordVerdict>).reasons ?? [] },
      view: {
        ...shown,
        ttl: settings.recordTtlSeconds,
        purpose: purposes[record.purpose],
        state,
        found: kept.found ?? [],
        remedy:
          record.need === "removable"
            ? removalOf(shown, state)
            : remedyOf(record.purpose, shown, state, last !== undefined),
        checkedAt: last?.checkedAt ?? null,
        need: move === undefined ? record.need : needShown(record, move.stage),
        note: move && needText(record, move, isOut),
        ...(record.stream !== undefined && { stream: record.stream }),
      },
    };
  });
}

const plain = ({ type, data }: CustomerRecord): string =>
  type === "TXT" ? data.replace(/^"|"$/g, "") : data.replace(/\.$/, "");

const removalOf = ({ name, type }: { name: string; type: string }, state: RecordState): string | undefined =>
  state === "absent" ? undefined : `remove ${name} ${type}`;

/** What the customer does about a record, in one sentence. */
function remedyOf(
  purpose: CustomerRecord["purpose"],
  { name, type, data }: { name: string; type: string; data: string },
  state: RecordState,
  looked: boolean,
): string | undefined {
  const record = `${name} ${type} ${type === "TXT" ? `"${data}"` : data}`;
  if (purpose === "key-removal")
    return state === "present" ? `remove ${name} ${type}, and leave the others` : undefined;
  switch (state) {
    case "present":
      return undefined;
    case "absent":
      return `publish ${record}`;
    case "wrong":
      return `replace what stands at ${name} by ${record}`;
    case "unknown":
      return looked
        ? "nothing yet: no name server gave an answer that says anything; it is looked at again by itself"
        : `publish ${record}`;
  }
}
