import type { DelegationMethod } from "./delegation.ts";

/**
 * Why no move leads from one method to another, with what to do instead; undefined: one does. What a single domain has in the way (streams, names in
 * use) is not asked here.
 */
export function noWayBetween(domain: string, from: DelegationMethod, to: DelegationMethod): string | undefined {
  if (from.name === to.name) return `${domain} is delegated by ${to.name} already`;
  const again = (method: string): string =>
    `"chancery domain remove ${domain}", then "chancery domain add ${domain} --method ${method}"`;
  if (to.proof === "operator")
    return `under ${to.name} mail From ${domain} would be signed as a name of ours, which does not align with DMARC, and nothing would show that its owner agrees. If that is meant all the same, the operator does it by hand: ${again(to.name)}`;
  if (from.proof === "operator")
    return `under ${from.name} nothing proves that the owner of ${domain} agrees, so no key can be made as ${domain} beside the present one. By hand: ${again(to.name)}; its mail is signed again, and aligned, once the first key is active, so choose a quiet hour`;
  if (to.keeper === "upstream")
    return `under ${to.name} an upstream provider makes the keys and signs. Have it sign beside us under selectors of its own first; when all mail goes out through it: ${again(to.name)}`;
  if (from.keeper === "upstream")
    return `the keys of ${domain} are an upstream provider's, which signs until it is told not to: nothing here can drain them. Have it stop, then ${again(to.name)}; our aliases to its keys stay until its mail has arrived, so leave the old records until then`;
  return undefined;
}
