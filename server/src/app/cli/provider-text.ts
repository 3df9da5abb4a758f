import type { LeavingSteps } from "../../model/provider/leaving.ts";
import type { MicrosoftState } from "../../model/provider/microsoft365/state.ts";
import type { MicrosoftStep } from "../../model/provider/microsoft365/steps.ts";
import { entryOf } from "../../model/provider/provider-entry.ts";
import type { Provider } from "../../model/provider/provider.ts";
import { shown } from "./table.ts";

const scopes: Record<Provider["key"]["scope"], string> = {
  "per-customer": "its own for each customer",
  "all-customers": "one for all of its customers: none of them can revoke it alone",
  "customer-made": "made by the customer",
  "not-known": "not known whose",
};
const rotations: Record<Provider["key"]["rotation"], string> = {
  provider: "turned by the provider, from one name to another",
  "provider-in-place": "replaced by the provider behind the same name",
  "on-request": "turned by the provider when the customer asks",
  "customer-publishes": "turned by the customer, who publishes a new record",
  "not-known": "not known how it is turned",
};

/** What is known of a provider, for people. */
export function providerText(provider: Provider, leaving: LeavingSteps): string[] {
  const entry = entryOf(provider);
  const row = (title: string, values: readonly string[]): string[] =>
    values.length === 0 ? [] : [`${title.padEnd(15)} ${values.join(", ")}`];
  return [
    provider.name,
    ...row("kind", [entry.kind]),
    ...row("signs by", entry.modes),
    ...row(
      "selectors",
      entry.selectors.map(({ pattern, common }) => (common ? `${pattern} (common)` : pattern)),
    ),
    ...row(
      "targets",
      entry.targets.map(({ pattern }) => pattern),
    ),
    ...row("keys below", entry.keyHosts),
    ...row("name servers", entry.nameServers),
    ...row("default d=", entry.signsAs),
    ...row("SPF include", entry.spfIncludes),
    ...row(
      "bounces",
      entry.mailFrom.map(({ label, type, target }) => `${label === null ? "" : `${label} `}${type} ${target}`),
    ),
    ...row("key", [scopes[entry.key.scope]]),
    ...row("rotation", [rotations[entry.key.rotation], ...(entry.key.about === null ? [] : [entry.key.about])]),
    ...row("sends through", entry.runsOn),
    ...row("switched on", entry.customDkim === null ? [] : [entry.customDkim]),
    ...row("documentation", entry.docs === null ? [] : [entry.docs]),
    ...entry.notes.map((note) => `note: ${note}`),
    "to leave it:",
    ...[...leaving.provider, ...leaving.dns].map((step, index) => `  ${index + 1}. ${step}`),
    `known with ${entry.evidence.confidence} confidence, checked ${entry.evidence.checked}`,
    ...entry.evidence.sources.map((source) => `  ${source}`),
  ];
}

/** The state of a domain with Microsoft 365, for people. */
export function microsoftText(domain: string, state: MicrosoftState, steps: readonly MicrosoftStep[]): string[] {
  const { status, signing, active, rotatesAt, aliases } = state;
  return [
    `${domain}: ${status}${signing === "unknown" ? "" : `, signing is ${signing}`}${active === undefined ? "" : `, ${active} signs`}`,
    ...(rotatesAt === undefined ? [] : [`the other selector signs from ${shown.time(rotatesAt)} on`]),
    ...aliases.map(
      ({ selector, alias, key, target }) =>
        `  ${selector}: ${target === undefined ? "no alias" : `alias to ${target}`} (${alias}), ${{ some: "a key record", none: "no key record", unknown: "a key record or none: DNS did not answer" }[key]}`,
    ),
    ...(steps.length === 0
      ? [status === "unknown" ? "ask again: DNS gave no answer that says anything" : "nothing to do"]
      : [
          "to do, in this order:",
          ...steps.flatMap((step, index) => {
            const [what, why] = stepLines(step);
            return [`  ${index + 1}. ${what}`, `     ${why}`];
          }),
        ]),
  ];
}

/** What to do, and why, on a line each. */
function stepLines(step: MicrosoftStep): [what: string, why: string] {
  switch (step.do) {
    case "run":
      return [step.command, step.why];
    case "publish":
      return [`publish ${step.name} CNAME ${step.target}`, step.why];
    case "wait":
      return [`wait for ${step.for}${step.until === undefined ? "" : ` (until ${shown.time(step.until)})`}`, step.why];
  }
}
