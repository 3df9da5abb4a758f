import { attributeChain } from "../../../provider/selector-chain.ts";
import type { Provider } from "../../../provider/provider.ts";
import { judgeTrace } from "../../../trace.ts";
import { type AuditFinding, type Check, doesNotApply, needsEvidence, outcomeOf } from "../../check.ts";

/** One key for all customers of a provider: by the key itself, or because the catalogue says so of an alias's form. */
export const sharedKey: Check = {
  name: "shared-key",
  title: "Every key belongs to this domain alone",
  codes: ["SharedKey"],
  look: ({ selectors }, { catalogue, isKnownWeak }) => {
    if (catalogue === undefined) return needsEvidence("the provider catalogue");
    const findings: AuditFinding[] = [];
    let keys = 0;
    for (const seen of selectors) {
      const { key } = judgeTrace(seen.keyName, seen.chain, { isKnownWeak });
      if (key === undefined) continue;
      keys++;
      const { parties } = attributeChain(catalogue, seen, { fingerprint: key.fingerprint });
      const sharing = parties.find(
        ({ by, provider }) => by === "key-fingerprint" || (by === "alias-target" && sharesAll(provider)),
      );
      if (sharing === undefined) continue;
      const { provider, by, seen: shown } = sharing;
      findings.push({
        code: "SharedKey",
        severity: "info",
        subject: seen.keyName,
        summary: `${provider.name} signs for all of its customers with this key`,
        evidence: [
          by === "key-fingerprint" ? `SHA-256 ${shown}, which stands at other domains too` : `leads to ${shown}`,
        ],
        remedy:
          "you cannot revoke this key alone: to stop the provider, remove the record. Ask the provider for a key of your own where that matters",
      });
    }
    return keys === 0 ? doesNotApply : outcomeOf(findings);
  },
};

const sharesAll = ({ key, evidence }: Provider): boolean =>
  key.scope === "all-customers" && evidence.confidence === "high";
