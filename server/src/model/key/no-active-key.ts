import { isMethodName, methodOf } from "../delegation/delegation-methods.ts";
import { type KeyFact, latest } from "./key-fact.ts";
import type { KeyRole } from "./key-role.ts";

/** Why mail of a domain waits that has no active key: what its sender reads in the temporary refusal. */
export function whyNoKeySigns(
  { domain, method }: { domain: string; method: string },
  keys: readonly { role: KeyRole; selector: string; facts: readonly KeyFact[] }[],
): string {
  if (isMethodName(method) && methodOf(method).keeper === "upstream")
    return `nothing here signs for ${domain}: its keys are an upstream provider's, which signs its mail; send it through there`;
  const primary = keys.filter(({ role }) => role === "primary");
  if (primary.every(({ facts }) => latest(facts, "activated") === undefined)) return `${domain} has no active key yet`;
  const revoked = primary.findLast(({ facts }) => latest(facts, "activated") && latest(facts, "revoking"));
  const why = revoked === undefined ? "" : `; ${revoked.selector} was revoked`;
  return `signing key rotation in progress: the next key of ${domain} does not sign yet${why}`;
}
