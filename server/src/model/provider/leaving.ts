import type { NamePattern } from "./name-pattern.ts";
import type { Provider } from "./provider.ts";

/** What to do when a provider is left: first on its side, so that nothing it still signs loses its key, then in DNS. */
export type LeavingSteps = { provider: readonly string[]; dns: readonly string[] };

/** Names are those of the catalogue; `domain` absent: they are shown as for DOMAIN. */
export function leavingSteps(provider: Provider, domain = "DOMAIN"): LeavingSteps {
  const own = provider.leaving.map((step) => step.replaceAll("example.com", domain));
  return {
    provider:
      own.length > 0 ? own : [`Remove ${domain} from the account at ${provider.name}, and whatever can send with it`],
    dns: [
      "Wait until the mail that it signed has arrived: a week, unless yours waits longer in queues",
      ...recordSteps(provider, domain),
    ],
  };
}

function recordSteps(provider: Provider, domain: string): string[] {
  const { modes, aliasSets, targets, nameServers, spfIncludes, mailFrom, runsOn } = provider;
  const steps: string[] = [];
  const names = aliasSets.flat().map((selector) => `${selector}._domainkey.${domain}`);
  if (modes.includes("cname"))
    steps.push(
      names.length > 0
        ? `Remove those of the aliases that are there: ${names.join(", ")}`
        : `Remove the aliases below _domainkey.${domain} that lead to ${provider.name}${targets.length > 0 ? ` (${targets.map(({ pattern }) => pattern.text).join(", ")})` : ""}`,
    );
  if (modes.includes("txt")) steps.push(`Remove its key records below _domainkey.${domain}`);
  if (modes.includes("ns"))
    steps.push(
      `Remove the NS records that hand a name to it${nameServers.length > 0 ? ` (${written(nameServers)})` : ""}`,
    );
  if (spfIncludes.length > 0)
    steps.push(`Take include:${written(spfIncludes)} out of the SPF record, unless another service needs it`);
  if (mailFrom.length > 0)
    steps.push(`Remove the names for bounces that lead to ${written(mailFrom.map(({ target }) => target))}`);
  if (runsOn.length > 0) steps.push(`Look for what is left of ${runsOn.join(" and ")}, through which it sends`);
  return steps;
}

const written = (patterns: readonly NamePattern[]): string => patterns.map(({ text }) => text).join(", ");
