import type { AuditEvidence } from "../../evidence.ts";
import type { EarlierSight } from "../../evidence/history.ts";
import { keyAt, type KeyNameSeen } from "../chain/key-name.ts";

/** What a key name had before it had what it has now. `gone`: between the two it led to no sound key. */
export type Change = { before: EarlierSight; since: number; gone: boolean };

/** A change is told for so long; what was found before stays in the history. */
const toldForSeconds = 30 * 86_400;

/** The last change of a key name that has a key now, where it is fresh. Looks that brought no answer are no sights. */
export function changeOf(seen: KeyNameSeen, { at, history }: AuditEvidence): Change | undefined {
  const fingerprint = keyAt(seen)?.fingerprint;
  if (fingerprint === undefined) return undefined;
  const targets = targetsOf(seen);
  let since = at;
  let gone = false;
  for (const sight of history?.keyNames[seen.keyName]?.toReversed() ?? []) {
    if (sight.fingerprint === undefined) gone = true;
    else if (sight.fingerprint === fingerprint && isSame(sight.targets, targets) && !gone) since = sight.firstSeen;
    else if (sight.fingerprint === fingerprint && isSame(sight.targets, targets)) return undefined;
    else return at - since > toldForSeconds ? undefined : { before: sight, since, gone };
  }
  return undefined;
}

export const targetsOf = ({ chain }: KeyNameSeen): string[] => chain.aliases.map(({ target }) => target);

export const isSame = (one: readonly string[], other: readonly string[]): boolean =>
  one.length === other.length && one.every((name, index) => name === other[index]);
