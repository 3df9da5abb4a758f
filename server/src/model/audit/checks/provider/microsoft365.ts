import { microsoftSelectors, type SigningConfig } from "../../../provider/microsoft365/signing-config.ts";
import {
  microsoftSays,
  microsoftState,
  type MicrosoftAlias,
  type MicrosoftState,
} from "../../../provider/microsoft365/state.ts";
import { microsoftSteps, microsoftStepsText } from "../../../provider/microsoft365/steps.ts";
import { readMicrosoftTarget } from "../../../provider/microsoft365/target.ts";
import type { TracedChain } from "../../../traced-chain.ts";
import { type AuditFinding, type Check, doesNotApply, needsEvidence, outcomeOf } from "../../check.ts";
import type { AuditEvidence } from "../../evidence.ts";

const name = "Microsoft 365";

/** Compares what Microsoft 365 says of a domain with DNS (M365-01 to M365-09). Without its word, only crossed aliases show. */
export const microsoft365: Check = {
  name: "microsoft-365",
  title: "Microsoft 365 signs as the domain, and both of its aliases are as it says",
  codes: ["CnameMissing", "CnameMismatch", "CustomDkimOff", "KeyWeak"],
  look: (evidence) => {
    const { domain, at, microsoft365: configs } = evidence;
    const chains = chainsOf(evidence);
    const leadsThere = Object.values(chains).some((chain) => isMicrosofts(chain));
    const says = microsoftSays(configs, domain);
    if (!leadsThere && typeof says === "string") return doesNotApply;
    const state = microsoftState(chains, says, at);
    const crossed = state.aliases.flatMap((alias) => crossedAlias(domain, alias));
    if (says === "not-asked")
      return crossed.length > 0
        ? outcomeOf(crossed)
        : needsEvidence("what Microsoft says: Get-DkimSigningConfig | ConvertTo-Json (--microsoft365 FILE)");
    const remedy = microsoftStepsText(microsoftSteps(domain, state, says));
    if (says === "not-listed") return outcomeOf([...crossed, off(domain, "it has no signing configuration", remedy)]);
    return outcomeOf([
      ...(says.enabled === false ? [off(domain, `Enabled is False, Status ${says.status ?? "not said"}`, remedy)] : []),
      ...state.aliases.flatMap((alias) => differsFrom(says, alias)),
      ...shortAtRest(says, state, remedy),
    ]);
  },
};

const nothingSeen = (keyName: string): TracedChain => ({
  aliases: [],
  finalName: keyName,
  outcome: "unknown",
  reason: "not looked up",
});

function chainsOf({ domain, selectors }: AuditEvidence): Record<(typeof microsoftSelectors)[number], TracedChain> {
  const chainAt = (selector: string): TracedChain =>
    selectors.find((one) => one.selector === selector)?.chain ?? nothingSeen(`${selector}._domainkey.${domain}`);
  return { selector1: chainAt("selector1"), selector2: chainAt("selector2") };
}

const isMicrosofts = ({ aliases }: TracedChain): boolean =>
  aliases.some(({ target }) => readMicrosoftTarget(target) !== undefined);

/** The alias of one selector leads to the target of the other: each would be verified with the other's key. */
function crossedAlias(domain: string, { selector, target }: MicrosoftAlias): AuditFinding[] {
  const read = target === undefined ? undefined : readMicrosoftTarget(target);
  if (target === undefined || read === undefined || read.selector === selector) return [];
  const subject = `${selector}._domainkey.${domain}`;
  return [
    {
      code: "CnameMismatch",
      severity: "high",
      subject,
      summary: `the alias of ${selector} leads to the target of ${read.selector}`,
      evidence: [`${subject} → ${target}`],
      remedy: `let ${subject} lead to the target that ${name} shows as ${selector === "selector1" ? "Selector1CNAME" : "Selector2CNAME"}`,
    },
  ];
}

const off = (domain: string, seen: string, remedy: string): AuditFinding => ({
  code: "CustomDkimOff",
  severity: "medium",
  subject: domain,
  summary: `custom DKIM is not switched on at ${name}: it signs as its own domain only`,
  evidence: [`${name} on ${domain}: ${seen}`],
  remedy,
});

function differsFrom(config: SigningConfig, { selector, alias, target }: MicrosoftAlias): AuditFinding[] {
  const expected = config.targets[selector];
  if (expected === undefined || alias === "present" || alias === "unknown") return [];
  const subject = `${selector}._domainkey.${config.domain}`;
  const seen = target === undefined ? `${subject}: no alias` : `${subject} → ${target}`;
  return [
    {
      code: alias === "absent" ? "CnameMissing" : "CnameMismatch",
      severity: "high",
      subject,
      summary:
        alias === "absent"
          ? `the alias that ${name} asks for is not there`
          : `the alias does not lead where ${name} says`,
      evidence: [seen, `${name} says ${expected}`],
      remedy: `publish ${subject} CNAME ${expected}`,
    },
  ];
}

/** A key that nobody sees in DNS now, and that will sign after the next rotation but one. */
function shortAtRest(config: SigningConfig, { aliases }: MicrosoftState, remedy: string): AuditFinding[] {
  return aliases.flatMap(({ selector, alias, key }): AuditFinding[] => {
    const bits = config.keyBits[selector];
    if (alias !== "present" || key !== "none" || bits === undefined || bits >= 2048 || remedy === "") return [];
    return [
      {
        code: "KeyWeak",
        severity: "low",
        subject: `${selector}._domainkey.${config.domain}`,
        summary: `${name} has a key of ${bits} bits for ${selector}, which does not sign now`,
        evidence: [`${name} says ${selector === "selector1" ? "Selector1KeySize" : "Selector2KeySize"} ${bits}`],
        remedy,
      },
    ];
  });
}
