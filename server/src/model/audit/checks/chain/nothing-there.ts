import { parentName } from "chancery/dns";
import type { TracedChain } from "../../../traced-chain.ts";
import { isKeyLike } from "../../discovery/wrong-host.ts";
import type { KeyNameSeen } from "./key-name.ts";
import { tell, type ChainRule } from "./tell.ts";

/** Neither text nor alias was published at the key name. What a wildcard gives for any name was not, unless it is meant as a key. */
export const hasNothing = ({ end, fromWildcard }: KeyNameSeen): boolean =>
  end.end === "nothing" ||
  (fromWildcard &&
    (end.end === "dangling" || (end.end === "texts" && end.lint.findings.some(({ code }) => code === "NoKeyRecord"))));

/** AUD-C-08: the record was made, at a name where nobody looks. */
export const wrongHost: ChainRule = (seen) => {
  const found = hasNothing(seen)
    ? seen.wrongHosts.find((one) => isKeyLike(one.chain, seen.expected) && !isOtherSelector(seen, one.name))
    : undefined;
  if (found === undefined) return undefined;
  return tell(seen, {
    code: "WrongHost",
    severity: "high",
    summary: `nothing is at the key name; the record stands at ${found.name}: ${found.mistake}`,
    evidence: [whatStands(found.name, found.chain)],
    remedy: `make the record at ${seen.keyName} and remove the one at ${found.name}; many DNS hosts add the domain to the name by themselves`,
    names: [found.name],
  });
};

/** Beside a selector that nobody expects, another one is right where it is. */
const isOtherSelector = ({ use, keyName }: KeyNameSeen, name: string): boolean =>
  use === "not-expected" && parentName(name) === parentName(keyName);

const whatStands = (name: string, chain: TracedChain): string => {
  const [alias] = chain.aliases;
  return alias === undefined ? `${name} has a TXT record` : `${name} → ${alias.target}`;
};

/** A name that nobody expects need not be there. */
export const noKeyRecord: ChainRule = (seen) => {
  if (!hasNothing(seen) || seen.use === "not-expected" || seen.isOneOfSet) return undefined;
  const { addresses, fromWildcard, end } = seen;
  return tell(seen, {
    code: "NoKeyRecord",
    severity: "high",
    summary:
      addresses.length > 0
        ? "neither a key record nor an alias is there, only addresses: the DNS host answers for the alias as a proxy, or another record was made"
        : fromWildcard
          ? "nothing was published here: the answer is what a wildcard gives for every name"
          : `neither a key record nor an alias is there: ${
              end.end === "nothing" && end.reason === "nodata"
                ? "the name has no TXT record"
                : "the name does not exist"
            }`,
    evidence: addresses.length > 0 ? addresses : [whatWasSaid(seen)],
    remedy:
      addresses.length > 0
        ? "make the record that the sender gave you; where it is an alias, set it to DNS only, without proxy"
        : "publish the record, or check selector and domain for a slip",
  });
};

const whatWasSaid = ({ keyName, end }: KeyNameSeen): string =>
  end.end === "nothing"
    ? `${keyName} TXT: ${end.reason === "nxdomain" ? "NXDOMAIN" : "no record of this type"}`
    : `${keyName} TXT: answered by a wildcard`;

/**
 * AUD-C-04: an alias that leads nowhere. M365-07: nothing is wrong where a provider keeps the target of the selector empty
 * that is not in turn, and the one in turn has its key.
 */
export const targetMissing: ChainRule = (seen) => {
  const { end, chain, finalNameOwner, targetMeant } = seen;
  const last = chain.aliases.at(-1);
  if (end.end !== "dangling" || last === undefined || seen.isIdle) return undefined;
  const what = end.reason === "nxdomain" ? "does not exist" : "has no TXT record";
  const owner = finalNameOwner === undefined ? "" : `; the name belongs to ${finalNameOwner}`;
  return tell(seen, {
    code: "TargetMissing",
    severity: "high",
    summary:
      targetMeant === undefined
        ? `${last.name} leads to ${last.target}, which ${what}${owner}`
        : `${last.name} leads to ${last.target}, which ${what}: your own domain stands behind the target, so its final dot was probably left out`,
    remedy:
      targetMeant !== undefined
        ? `write the target as ${targetMeant}. with a dot at its end`
        : `whoever runs ${finalNameOwner ?? "the target"} has to publish the key at ${last.target}; if you do not use them any more, remove the alias`,
    at: last.target,
  });
};
