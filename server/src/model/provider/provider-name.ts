import { parentName } from "chancery/dns";
import { ownersOfNameServer, ownersOfSigningDomain, ownersOfSpfInclude, ownersOfTarget } from "./attribution.ts";
import type { Catalogue } from "./catalogue.ts";

/** Whether a name, or one above it, is a known provider's: an alias's target, a name server, an SPF include, a `d=` of its own. */
export function isProviderName(catalogue: Catalogue, name: string): boolean {
  for (let at: string | undefined = name; at !== undefined && at !== "."; at = parentName(at))
    if (
      ownersOfTarget(catalogue, at).length > 0 ||
      ownersOfNameServer(catalogue, at).length > 0 ||
      ownersOfSigningDomain(catalogue, at).length > 0 ||
      ownersOfSpfInclude(catalogue, at).length > 0
    )
      return true;
  return false;
}
