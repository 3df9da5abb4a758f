import { isSound } from "./key-name.ts";
import { tell, type ChainRule } from "./tell.ts";

/** Can a provider that is no longer used still sign mail that passes DMARC? With a sound key at its selector it can. */
export const providerCanStillSign: ChainRule = (seen) => {
  const who = seen.retired;
  if (who === undefined || !isSound(seen)) return undefined;
  return tell(seen, {
    code: "ProviderCanStillSign",
    severity: "high",
    summary: `${who} is no longer used, and its selector still leads to a sound key: it can sign mail as you`,
    remedy: `remove the record at ${seen.keyName}, and remove the domain from the account at ${who}`,
  });
};

/** What is left of it is dead, and comes to life when the provider, or who takes over its names, publishes a key again. */
export const retiredProviderSelector: ChainRule = (seen) => {
  const { end, retired: who } = seen;
  if (who === undefined || isSound(seen) || end.end === "nothing" || end.end === "unknown") return undefined;
  return tell(seen, {
    code: "RetiredProviderSelector",
    severity: "medium",
    summary: `the selector was left behind when ${who} was given up`,
    remedy: `remove the record at ${seen.keyName}`,
  });
};
