import type { AuditFinding } from "../../check.ts";
import { aliasChainTooLong, aliasLoop, conflictingRecords, refusedAsBogus, undetermined } from "./aliases.ts";
import { cnameMismatch, cnameMissing, flattened } from "./expected-alias.ts";
import type { KeyNameSeen } from "./key-name.ts";
import { keyMismatch, recordFindings } from "./key-record.ts";
import { noKeyRecord, targetMissing, wrongHost } from "./nothing-there.ts";
import { providerCanStillSign, retiredProviderSelector } from "./retired-provider.ts";
import type { ChainRule } from "./tell.ts";

/** What can be wrong with the name and where it leads, the most telling first: only the first that applies is told. */
const nameRules: readonly ChainRule[] = [
  providerCanStillSign,
  retiredProviderSelector,
  conflictingRecords,
  aliasLoop,
  refusedAsBogus,
  undetermined,
  cnameMismatch,
  flattened,
  cnameMissing,
  wrongHost,
  noKeyRecord,
  targetMissing,
];

/** Everything that is wrong with one key name. One fault is one finding, however many rules it breaks. */
export function findingsAt(seen: KeyNameSeen): AuditFinding[] {
  const name = firstOf(nameRules, seen);
  const length = aliasChainTooLong(seen);
  // A copied key is still the key: what the record says of itself goes for it too.
  const isNameAtFault = name !== undefined && name.code !== "Flattened";
  const record = recordFindings(seen, isNameAtFault);
  const other = isNameAtFault ? undefined : keyMismatch(seen);
  return [name, length, ...record, other].filter((finding) => finding !== undefined);
}

function firstOf(rules: readonly ChainRule[], seen: KeyNameSeen): AuditFinding | undefined {
  for (const rule of rules) {
    const finding = rule(seen);
    if (finding !== undefined) return finding;
  }
  return undefined;
}
