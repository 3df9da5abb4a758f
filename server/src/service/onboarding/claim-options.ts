import { parse } from "tldts";
import type {
  Claim,
  ClaimOptions,
  DelegationMethod,
  DnsSettings,
  MethodName,
} from "../../model/delegation/delegation.ts";
import { methodOf } from "../../model/delegation/delegation-methods.ts";
import { heldName } from "../../model/delegation/issued-name.ts";
import { selectorTemplateProblem } from "../../model/delegation/selector.ts";
import { Refusal } from "../refusal.ts";

/** What is asked for beyond the method; absent: as the settings say, else the method's default. */
export type AskedOptions = {
  selectorTemplate?: string | undefined;
  importSelectors?: readonly string[] | undefined;
  otherSelectors?: "none" | undefined;
  /** Refused where the method has no ring. */
  ringSize?: number | undefined;
  /** For methods that have one. */
  policyRingSize?: number | undefined;
};

/** What is agreed for a claim, checked. `configuredTemplate`: that of the settings. */
export function optionsOf(
  claim: Omit<Claim, "options">,
  asked: AskedOptions,
  configuredTemplate: string | undefined,
  dns: DnsSettings,
): ClaimOptions {
  const method = methodOf(claim.method);
  const template = templateOf(claim.method, asked.selectorTemplate, configuredTemplate);
  return {
    ...(template !== undefined && { selectorTemplate: template }),
    ...ringOptions(method, asked),
    ...importOptions(claim.method, asked),
    ...(method.proof === "operator" && { signingDomain: heldName(claim, dns) }),
  };
}

function ringOptions(
  { name, sized }: DelegationMethod,
  { ringSize, policyRingSize }: AskedOptions,
): Pick<ClaimOptions, "ringSize"> {
  if (sized === undefined && ringSize !== undefined)
    throw new Refusal("invalid-input", `${name} has no ring of names: leave its size out`);
  const agreed = sized === undefined ? undefined : (ringSize ?? policyRingSize);
  return agreed === undefined ? {} : { ringSize: agreed };
}

function templateOf(name: MethodName, asked: string | undefined, configured: string | undefined): string | undefined {
  const { selectors } = methodOf(name);
  if (selectors === undefined) {
    if (asked === undefined) return undefined;
    throw new Refusal("invalid-input", `the selectors of ${name} are fixed in advance; leave the template out`);
  }
  const template = asked ?? configured;
  if (template === undefined) return undefined;
  const problem = selectorTemplateProblem(template);
  if (problem !== undefined) throw new Refusal("invalid-input", `selector template: ${problem}`);
  if (template.endsWith(selectors.endIn)) return template;
  throw new Refusal(
    "invalid-input",
    `${template}: selectors of ${name} lie in the delegated branch, so a template has to end in ${selectors.endIn}; give --selector-template "${selectors.template}"`,
  );
}

const selectorsMax = 100;

/** Selectors that a customer names, in lower case; those of a method that hides none are not asked for. */
export function importOptions(
  name: MethodName,
  { importSelectors = [], otherSelectors }: Pick<AskedOptions, "importSelectors" | "otherSelectors">,
  isImporting = methodOf(name).hidesSelectors,
): Pick<ClaimOptions, "importSelectors" | "otherSelectors"> {
  if (importSelectors.length === 0 && otherSelectors === undefined) return {};
  if (!isImporting)
    throw new Refusal(
      "invalid-input",
      `${name} leaves the selectors of others where they are: none has to be imported`,
    );
  const selectors = [...new Set(importSelectors.map((one) => one.trim().replace(/\.$/, "").toLowerCase()))];
  if (selectors.length > selectorsMax)
    throw new Refusal("invalid-input", `at most ${selectorsMax} selectors are named`);
  for (const selector of selectors)
    if (
      selector.length > 128 ||
      !selector.split(".").every((label) => /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/.test(label))
    )
      throw new Refusal("invalid-input", `${JSON.stringify(selector.slice(0, 100))} is not a selector; s1 is one`);
  return { importSelectors: selectors, ...(otherSelectors && { otherSelectors }) };
}

/** The organisation's main domain is never delegated as a whole: its web site and mail would be ours to answer for. */
export function refuseMainDomain(claim: Claim): void {
  if (methodOf(claim.method).ownZone(claim) !== claim.domain) return;
  if (parse(claim.domain, { allowPrivateDomains: true }).domain !== claim.domain) return;
  throw new Refusal(
    "invalid-input",
    `${claim.domain} is the main domain of its organisation: delegating it would move its web site, its mail and every name below it. Delegate a subdomain that only sends, for example email.${claim.domain}`,
  );
}
