import type { OfferedName } from "./delegation.ts";
import type { Finding } from "../finding.ts";
import type { KeyRole } from "../key/key-role.ts";
import { namesLeftMin } from "./name-series.ts";

/**
 * Whether a customer has to publish the next names of a series soon. `unused`: the names that no key has used, as last seen. What
 * counts is the role that has the fewest left.
 */
export function seriesFinding(
  domain: string,
  roles: readonly KeyRole[],
  unused: readonly OfferedName[],
): Finding | undefined {
  const there = (role: KeyRole): OfferedName[] =>
    unused.filter((name) => name.role === role && name.state === "present");
  const left = roles.map(there).toSorted((a, b) => a.length - b.length)[0] ?? [];
  if (left.length > namesLeftMin) return undefined;
  const missing = unused.filter(({ state }) => state !== "present");
  const records = missing.map(({ keyName, target }) => `${keyName} CNAME ${target}`);
  return {
    code: "SeriesRunningOut",
    severity: left.length === 0 ? "high" : "medium",
    subject: domain,
    summary:
      left.length === 0
        ? "no published name is left for the next key: the key that signs now signs on until there is one"
        : `${left.length} published ${left.length === 1 ? "name is" : "names are"} left for the keys to come`,
    evidence: left.map(({ keyName }) => `unused: ${keyName}`),
    remedy:
      records.length === 0
        ? "nothing yet: the next names are about to be issued"
        : `publish the next names: ${records.join("; ")}`,
  };
}
