import { judgeTrace } from "../../../trace.ts";
import type { AuditContext } from "../../check.ts";
import type { AuditEvidence, SelectorEvidence } from "../../evidence.ts";

/** Selectors that lead to a sound key: with these somebody could sign today. */
export const liveSelectors = ({ selectors }: AuditEvidence, { isKnownWeak }: AuditContext): SelectorEvidence[] =>
  selectors.filter(
    ({ keyName, chain }) =>
      judgeTrace(keyName, chain, isKnownWeak === undefined ? {} : { isKnownWeak }).key !== undefined,
  );

/**
 * Who publishes the key behind a selector, as far as names tell: what the last alias leads to, without the part that tells keys
 * of one customer apart. Undefined: the key is published under the domain itself.
 */
export function publisherOf({ chain }: SelectorEvidence): string | undefined {
  const target = chain.aliases.at(-1)?.target;
  if (target === undefined) return undefined;
  const branch = target.indexOf("._domainkey.");
  return branch >= 0 ? target.slice(branch + 1) : target.slice(target.indexOf(".") + 1);
}
