import { isAtOrBelow } from "chancery/dns";
import { type AuditFinding, type Check, needsEvidence, outcomeOf } from "../../check.ts";
import type { AuditEvidence, SelectorEvidence } from "../../evidence.ts";
import { selectorsNeeded } from "./selectors-needed.ts";

const daySeconds = 86_400;
const shortSeconds = 60;

/**
 * AUD-C-02: how long receivers remember a record. Only records of the owner's own: others' are not theirs to change. What a
 * resolver says counts down from the published TTL, so that only a file can show one that is too short.
 */
export const ttlSuitable: Check = {
  name: "ttl-suitable",
  title: "Records are remembered for between a minute and a day",
  codes: ["TtlUnsuitable"],
  look: (evidence) => {
    if (evidence.selectors.length === 0) return needsEvidence(selectorsNeeded);
    const own = evidence.selectors.flatMap(recordsOf).filter(({ name }) => isAtOrBelow(name, evidence.domain));
    return outcomeOf(own.flatMap((record) => unsuitable(record, evidence.dns) ?? []));
  },
};

type Remembered = { name: string; ttlSeconds: number };

function recordsOf({ chain }: SelectorEvidence): Remembered[] {
  const [text] = chain.outcome === "present" ? chain.texts : [];
  return [...chain.aliases, ...(text === undefined ? [] : [{ name: chain.finalName, ttlSeconds: text.ttlSeconds }])];
}

function unsuitable({ name, ttlSeconds }: Remembered, dns: AuditEvidence["dns"]): AuditFinding | undefined {
  const found = (summary: string, remedy: string): AuditFinding => ({
    code: "TtlUnsuitable",
    severity: "low",
    subject: name,
    summary,
    evidence: [`TTL ${ttlSeconds} s`],
    remedy,
  });
  if (ttlSeconds > daySeconds)
    return found(
      "the record is remembered for more than a day: a change, or a revocation, is seen that much later",
      "set its TTL to an hour, or a day at most",
    );
  if (dns === "file" && ttlSeconds < shortSeconds)
    return found(
      "the record is remembered for less than a minute: nearly every message costs a look-up, and each can fail",
      "set its TTL to five minutes or an hour",
    );
  return undefined;
}
