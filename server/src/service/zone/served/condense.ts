import { type ResourceRecord, TYPE } from "chancery/dns";
import type { ZoneVersion } from "../../../engine/database/zone-changes.ts";
import { recordKey } from "./overlay.ts";

/**
 * Versions as they may be passed on, one after another. Those of a zone that holds its signatures become one (RFC 1995 §5): a change and the signatures
 * over it are two versions of the database, and a secondary that takes them one by one would answer from the first for a moment.
 */
export function passedOn(versions: readonly ZoneVersion[]): readonly ZoneVersion[] {
  const [first, last] = [versions[0], versions.at(-1)];
  if (first === undefined || last === undefined || first === last) return versions;
  const isSignature = ({ type }: ResourceRecord): boolean => type === TYPE.RRSIG;
  if (!versions.some(({ removed, added }) => removed.some(isSignature) || added.some(isSignature))) return versions;
  const removed = new Map<string, ResourceRecord>();
  const added = new Map<string, ResourceRecord>();
  for (const version of versions) {
    for (const record of version.removed) move(record, added, removed);
    for (const record of version.added) move(record, removed, added);
  }
  return [
    {
      fromSerial: first.fromSerial,
      toSerial: last.toSerial,
      removed: [...removed.values()],
      added: [...added.values()],
    },
  ];
}

/** What was on the other side has come full circle. */
function move(record: ResourceRecord, from: Map<string, ResourceRecord>, to: Map<string, ResourceRecord>): void {
  const key = recordKey(record);
  if (!from.delete(key)) to.set(key, record);
}
