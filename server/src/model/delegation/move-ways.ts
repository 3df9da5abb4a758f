import { isAtOrBelow } from "chancery/dns";
import { claimedBy, methodOf } from "./delegation-methods.ts";
import type { Claim, MethodName } from "./delegation.ts";

/**
 * Why no move leads a claim from its method to another one, with what to do instead; undefined: one does. What a single domain has in the way (streams, names in
 * use) is not asked here.
 */
export function noWayTo(method: MethodName, claim: Claim): string | undefined {
  const { domain } = claim;
  const [from, to] = [methodOf(claim.method), methodOf(method)];
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
  const [inner, outer] = [from.ownZone(claim), to.ownZone(claimedBy(claim, method))];
  const keyNames = `_domainkey.${domain}`;
  if (inner !== undefined && outer !== undefined && isAtOrBelow(inner, outer) && isAtOrBelow(keyNames, inner))
    return `the key names of ${to.name} lie in ${inner}, which is delegated to us by itself and would hide them. Go by way of another method: "chancery domain move ${domain} --method ns-branch", and when that is over "chancery domain move ${domain} --method ${to.name}"`;
  return undefined;
}
