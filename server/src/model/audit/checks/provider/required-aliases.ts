import { missingAliases, selectorsInSets } from "../../../provider/selector-chain.ts";
import { type AuditFinding, type Check, doesNotApply, needsEvidence, outcomeOf } from "../../check.ts";
import { cnameMissing } from "../chain/expected-alias.ts";
import { keyNamesOf } from "../chain/key-names-of.ts";
import { wrongHost } from "../chain/nothing-there.ts";

/** Some providers sign only while all of their aliases are there: Microsoft 365 both, for the next rotation goes to the other. */
export const requiredAliases: Check = {
  name: "required-aliases",
  title: "Every alias that the provider needs is there",
  codes: ["CnameMissing"],
  look: (evidence, context) => {
    const { domain, selectors, microsoft365 = [] } = evidence;
    const { catalogue } = context;
    if (catalogue === undefined) return needsEvidence("the provider catalogue");
    const bound = selectorsInSets(catalogue, selectors).filter(({ provider }) => provider.aliasesRequired === "all");
    if (bound.length === 0) return doesNotApply;
    const toldElsewhere = new Set(
      keyNamesOf(evidence, context)
        .filter((seen) => wrongHost(seen) ?? cnameMissing(seen))
        .map(({ keyName }) => keyName),
    );
    const findings: AuditFinding[] = [];
    // Microsoft's own list says more than its habits: another check compares with it.
    const isListed = microsoft365.some((config) => config.domain === domain);
    for (const [keyName, { provider, keyName: fellow, chain }] of missingAliases(catalogue, selectors)) {
      if (toldElsewhere.has(keyName) || (isListed && provider.id === "microsoft365")) continue;
      findings.push({
        code: "CnameMissing",
        severity: "high",
        subject: keyName,
        summary: `${provider.name} needs an alias here as well, and there is none`,
        evidence: [`${fellow} → ${chain.aliases[0]?.target ?? ""}`, `${keyName}: neither an alias nor a key record`],
        remedy: `read the target of ${keyName} where ${provider.name} shows it, and publish it as a CNAME`,
      });
    }
    return outcomeOf(findings);
  },
};
