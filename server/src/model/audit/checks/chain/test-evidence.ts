import { generateKeyPairSync } from "node:crypto";
import { fingerprintOf, formatKeyRecord } from "chancery/dkim";
import type { TracedChain } from "../../../traced-chain.ts";
import { type AuditContext, type Check, defaultAuditPolicy } from "../../check.ts";
import type { AuditEvidence, SelectorEvidence } from "../../evidence.ts";
import { nothingExpected } from "../../expectations.ts";

/** Evidence made by hand, for the tests of checks. */

export const at = 1_800_000_000;
export const day = 86_400;
export const keyName = "s1._domainkey.example.com";

const keyPair = (): { text: string; fingerprint: string } => {
  const { publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  return { text: formatKeyRecord(publicKey), fingerprint: fingerprintOf(publicKey) };
};
export const keys = { now: keyPair(), before: keyPair() };

/** A chain by way of `targets` to a text. */
export function chainTo(text: string, targets: readonly string[] = [], ttlSeconds = 3600): TracedChain {
  const names = [keyName, ...targets];
  return {
    aliases: targets.map((target, index) => ({ name: names[index] ?? "", target, ttlSeconds })),
    finalName: names.at(-1) ?? keyName,
    outcome: "present",
    texts: [{ text, ttlSeconds }],
  };
}

export const selector = (chain: TracedChain): SelectorEvidence => ({
  selector: "s1",
  keyName,
  sources: ["given"],
  chain,
});

export const evidence = (more: Partial<AuditEvidence>): AuditEvidence => ({
  domain: "example.com",
  at,
  dns: "file",
  selectors: [selector(chainTo(keys.now.text))],
  discovery: { domainkeyNode: "exists", namesTried: 0 },
  expectations: nothingExpected,
  ...more,
});

/** The codes that a check gives, each with its severity; or its state where it gives none. */
export function told(check: Check, seen: AuditEvidence, context: Partial<AuditContext> = {}): string[] | string {
  const outcome = check.look(seen, { policy: defaultAuditPolicy, ...context });
  return "findings" in outcome ? outcome.findings.map(({ code, severity }) => `${severity} ${code}`) : outcome.state;
}
