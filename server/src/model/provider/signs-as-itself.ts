import { ownersOfSigningDomain } from "./attribution.ts";
import type { Catalogue } from "./catalogue.ts";
import { isGoogleDefaultOf } from "./google-workspace/default-domain.ts";
import type { Provider } from "./provider.ts";

/**
 * The provider that signs as itself with this `d=`, as it does for a customer who has not set up the author domain. Nobody
 * where `d=` names another customer: then the mail only came through there.
 */
export function signsAsItself(catalogue: Catalogue, signingDomain: string, authorDomain: string): Provider | undefined {
  const [owner] = ownersOfSigningDomain(catalogue, signingDomain);
  if (owner === undefined || owner.certainty === "weak") return undefined;
  const isAnothers = owner.provider.id === "google-workspace" && !isGoogleDefaultOf(signingDomain, authorDomain);
  return isAnothers ? undefined : owner.provider;
}
