import { type AuditFinding, type Check, needsEvidence, outcomeOf } from "../../check.ts";
import type { AuditEvidence } from "../../evidence.ts";
import { microsoftSelectors } from "../../../provider/microsoft365/signing-config.ts";
import { isSound, keyAt, type KeyNameSeen } from "./key-name.ts";
import { keyNamesOf } from "./key-names-of.ts";

/** How long a key has been the same, where earlier looks or an import can tell; a provider's promise to rotate is no evidence. */
export const keyOld: Check = {
  name: "key-age",
  title: "No key is older than the policy allows",
  codes: ["KeyOld"],
  look: (evidence, context) => {
    const dated = keyNamesOf(evidence, context).flatMap((seen) => {
      const since = isSound(seen) ? unchangedSince(seen, evidence) : undefined;
      return since === undefined ? [] : [{ seen, since }];
    });
    if (dated.length === 0)
      return needsEvidence("earlier looks at the domain (watch it), or an import that says when the keys were made");
    const { keyOldAfterSeconds } = context.policy;
    return outcomeOf(
      dated.flatMap(({ seen, since }) =>
        evidence.at - since > keyOldAfterSeconds ? old(seen, evidence.at - since) : [],
      ),
    );
  },
};

/** Since when the key that is there now has been the same without a break, as far as anybody saw. */
function unchangedSince(seen: KeyNameSeen, evidence: AuditEvidence): number | undefined {
  const { history } = evidence;
  const fingerprint = keyAt(seen)?.fingerprint;
  let since = saidByMicrosoft(seen, evidence);
  for (const sight of history?.keyNames[seen.keyName]?.toReversed() ?? []) {
    if (sight.fingerprint !== fingerprint) break;
    since = Math.min(since ?? sight.firstSeen, sight.firstSeen);
  }
  return since;
}

/** Microsoft says when the first keys were made, and when they were last rotated: no key is older than both say. */
function saidByMicrosoft(
  { keyName, provider }: KeyNameSeen,
  { at, domain, microsoft365 = [] }: AuditEvidence,
): number | undefined {
  const config = microsoft365.find((one) => one.domain === domain);
  if (config === undefined || provider?.id !== "microsoft365") return undefined;
  if (!microsoftSelectors.some((selector) => keyName === `${selector}._domainkey.${domain}`)) return undefined;
  const said = [config.keysMadeAt, config.rotatesAt].filter((time) => time !== undefined && time <= at);
  return said.length === 0 ? undefined : Math.max(...(said as number[]));
}

const daySeconds = 86_400;

const old = (seen: KeyNameSeen, ageSeconds: number): AuditFinding[] => [
  oldKey(seen.keyName, keyAt(seen)?.fingerprint ?? "", ageSeconds, rotationOf(seen)),
];

const rotationOf = ({ chain, provider }: KeyNameSeen): string =>
  chain.aliases.length > 0
    ? `ask ${provider?.name ?? "whoever runs the target"} to rotate the key`
    : "make a new key under a new selector, and remove this one when no mail signed with it is on its way";

/** What is told of a key that is unchanged beyond the policy. `fingerprint`: SHA-256 of the SubjectPublicKeyInfo, hexadecimal. */
export const oldKey = (subject: string, fingerprint: string, ageSeconds: number, remedy: string): AuditFinding => ({
  code: "KeyOld",
  severity: "low",
  subject,
  summary: `the key has been the same for ${Math.floor(ageSeconds / daySeconds)} days`,
  evidence: [`SHA-256 ${fingerprint}`],
  remedy,
});
