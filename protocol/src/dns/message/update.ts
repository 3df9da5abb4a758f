import type { Message } from "./message.ts";
import { OPCODE, plainQuery } from "./message.ts";
import { CLASS, TYPE, type ResourceRecord } from "../record/record.ts";

/** The records of one name and type. */
export type Rrset = {
  readonly name: string;
  readonly type: number;
  /** Seconds. */
  readonly ttl: number;
  readonly data: readonly Uint8Array[];
};

/** An RRset that comes, goes or changes. What stands there has to be `before`, or the server refuses; undefined is nothing. */
export type RrsetChange = { readonly before: Rrset | undefined; readonly after: Rrset | undefined };

/**
 * A dynamic update (RFC 2136): all changes are made or none is. Each has its prerequisite, so that a record which somebody else put there
 * is never overwritten or removed: the RRset does not exist (§2.4.3), or has exactly these data (§2.4.2).
 */
export function updateMessage(id: number, zone: string, changes: readonly RrsetChange[]): Message {
  return plainQuery(zone, TYPE.SOA, {
    id,
    opcode: OPCODE.UPDATE,
    answers: changes.flatMap(prerequisites),
    authority: changes.flatMap(updates),
  });
}

const nothing = new Uint8Array(0);

function prerequisites({ before, after }: RrsetChange): ResourceRecord[] {
  if (before !== undefined) return before.data.map((data) => ({ ...head(before), ttl: 0, class: CLASS.IN, data }));
  return after === undefined ? [] : [{ ...head(after), ttl: 0, class: CLASS.NONE, data: nothing }];
}

/** §2.5.2 removes an RRset whole, §2.5.1 adds records. */
function updates({ before, after }: RrsetChange): ResourceRecord[] {
  const removed = before === undefined ? [] : [{ ...head(before), ttl: 0, class: CLASS.ANY, data: nothing }];
  const added = (after?.data ?? []).map((data) => ({ ...head(after!), ttl: after!.ttl, class: CLASS.IN, data }));
  return [...removed, ...added];
}

const head = ({ name, type }: Rrset): { name: string; type: number } => ({ name, type });
