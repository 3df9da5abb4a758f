import { attributeKey } from "../../../provider/attribute-key.ts";
import { utcText } from "../../../seconds.ts";
import { type AuditContext, type AuditFinding, type Check, needsEvidence, outcomeOf } from "../../check.ts";
import type { AuditEvidence } from "../../evidence.ts";
import { keyAt, type KeyNameSeen } from "../chain/key-name.ts";
import { keyNamesOf } from "../chain/key-names-of.ts";
import { type Change, changeOf, isSame, targetsOf } from "./change.ts";

type DriftCode = "KeyChanged" | "ChainChanged" | "SelectorReused";

const rows: readonly { name: string; title: string; code: DriftCode }[] = [
  { name: "key-unchanged", title: "No key was changed in place", code: "KeyChanged" },
  { name: "chain-unchanged", title: "No chain leads another way than before", code: "ChainChanged" },
  { name: "selector-not-reused", title: "No selector was taken up again for another key", code: "SelectorReused" },
];

export const driftChecks: readonly Check[] = rows.map(({ name, title, code }) => ({
  name,
  title,
  codes: [code],
  look: (evidence, context) =>
    evidence.history === undefined
      ? needsEvidence("earlier looks at the domain (watch it)")
      : outcomeOf(
          keyNamesOf(evidence, context)
            .flatMap((seen) => driftOf(seen, evidence, context) ?? [])
            .filter((finding) => finding.code === code),
        ),
}));

/** What a change comes to: one finding, whatever else changed with it. */
function driftOf(seen: KeyNameSeen, evidence: AuditEvidence, context: AuditContext): AuditFinding | undefined {
  const change = changeOf(seen, evidence);
  if (change === undefined) return undefined;
  const { before, gone } = change;
  const isOtherKey = before.fingerprint !== keyAt(seen)?.fingerprint;
  const isOtherChain = !isSame(before.targets, targetsOf(seen));
  if (isOtherKey && (gone || (isOtherChain && isOtherProvider(seen, change, context)))) return reused(seen, change);
  if (isOtherChain) return chainChanged(seen, change);
  return isOtherKey && !rotatesOnPurpose(seen) ? keyChanged(seen, change) : undefined;
}

function isOtherProvider({ keyName, provider }: KeyNameSeen, { before }: Change, { catalogue }: AuditContext): boolean {
  if (catalogue === undefined || provider === undefined) return false;
  const [selector = ""] = keyName.split("._domainkey.");
  const earlier = attributeKey(catalogue, {
    selector,
    targets: before.targets,
    fingerprint: before.fingerprint,
  }).visible;
  return earlier !== undefined && earlier.provider.id !== provider.id;
}

/** A provider who turns keys behind the customer's alias does what the alias is for. */
const rotatesOnPurpose = ({ chain, provider }: KeyNameSeen): boolean =>
  chain.aliases.length > 0 &&
  provider !== undefined &&
  ["provider", "provider-in-place", "on-request"].includes(provider.key.rotation);

const evidenceOf = (seen: KeyNameSeen, { before, since }: Change): string[] => [
  `before: ${described(before.fingerprint, before.targets)}, seen from ${utcText(before.firstSeen)} to ${utcText(before.lastSeen)}`,
  `now: ${described(keyAt(seen)?.fingerprint, targetsOf(seen))}, seen since ${utcText(since)}`,
];
const described = (fingerprint: string | undefined, targets: readonly string[]): string =>
  `${targets.length === 0 ? "no alias" : targets.map((target) => `→ ${target}`).join(" ")}, SHA-256 ${fingerprint ?? "of no key"}`;

const keyChanged = (seen: KeyNameSeen, change: Change): AuditFinding => ({
  code: "KeyChanged",
  // Behind an alias it is probably its owner's doing.
  severity: seen.chain.aliases.length > 0 ? "low" : "medium",
  subject: seen.keyName,
  summary: "the key was changed in place: mail signed with the old key and still on its way fails",
  evidence: evidenceOf(seen, change),
  remedy:
    "make sure that the change was meant and that nothing signs with the old key; the next key belongs under a new selector",
});

const chainChanged = (seen: KeyNameSeen, change: Change): AuditFinding => ({
  code: "ChainChanged",
  severity: "low",
  subject: seen.keyName,
  summary: chainSummary(targetsOf(seen).length - change.before.targets.length),
  evidence: evidenceOf(seen, change),
  remedy: "make sure that the change was meant, and that whoever runs the new names may hold your keys",
});

function chainSummary(gained: number): string {
  if (gained === 0) return "an alias of the chain leads elsewhere than before";
  const count = Math.abs(gained) === 1 ? "an alias" : `${Math.abs(gained)} aliases`;
  return `the chain has ${gained > 0 ? "gained" : "lost"} ${count}`;
}

const reused = (seen: KeyNameSeen, change: Change): AuditFinding => ({
  code: "SelectorReused",
  severity: "low",
  subject: seen.keyName,
  summary: change.gone
    ? "the selector was given up, and taken up again for another key: what verified before cannot be told from a forgery"
    : "the selector has gone to another provider, with another key: what verified before cannot be told from a forgery",
  evidence: evidenceOf(seen, change),
  remedy: "give every new key a selector that was never used (RFC 6376 §3.1)",
});
