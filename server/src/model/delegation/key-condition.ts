import { fingerprintOf, lintKeyRecord } from "chancery/dkim";
import { defaultAuditPolicy } from "../audit/check.ts";
import { oldKey } from "../audit/checks/chain/key-old.ts";
import type { Finding } from "../finding.ts";
import { type KeyFact, latest } from "../key/key-fact.ts";
import { type Seconds, utcText } from "../seconds.ts";
import type { ClaimKey } from "./delegation.ts";
import { methodOf } from "./delegation-methods.ts";

/** What is wrong with a key that signs, whatever DNS says of it: it is old beyond the policy, or weak. */
export function keyConditions(
  domain: string,
  key: Pick<ClaimKey, "keyName" | "record" | "method" | "phase"> & { facts: readonly KeyFact[] },
  now: Seconds,
): Finding[] {
  const signsSince = key.facts.find(({ kind }) => kind === "activated")?.at;
  if (key.phase !== "active" || signsSince === undefined) return [];
  const { findings, read } = lintKeyRecord(key.record);
  const successor = successorOf(domain, key);
  const ageSeconds = now - signsSince;
  const told: Finding[] = findings
    .filter(({ code }) => code === "KeyWeak")
    .map(({ code, severity, problem }) => ({
      code,
      severity,
      subject: key.keyName,
      summary: problem,
      evidence: [`it signs since ${utcText(signsSince)}`],
      remedy: successor,
    }));
  if (ageSeconds <= defaultAuditPolicy.keyOldAfterSeconds || read === undefined) return told;
  const { code, severity, subject, summary, evidence, remedy } = oldKey(
    key.keyName,
    fingerprintOf(read.publicKey.object),
    ageSeconds,
    successor,
  );
  return [
    ...told,
    { code, severity, subject, summary, evidence: [...evidence, `it signs since ${utcText(signsSince)}`], remedy },
  ];
}

/** How the next key comes to be, by who makes it and who publishes it. */
function successorOf(
  domain: string,
  { method: name, facts }: Pick<ClaimKey, "method"> & { facts: readonly KeyFact[] },
): string {
  const method = methodOf(name);
  const isBrought = method.maker === "customer" || latest(facts, "generated")?.evidence.brought !== undefined;
  if (isBrought) return `bring a new key: chancery key import ${domain} --selector NEW --key FILE`;
  if (method.keeper === "customer")
    return `chancery key rotate ${domain}, and publish the record that chancery records ${domain} then shows`;
  return `chancery key rotate ${domain}; chancery key list ${domain} says what the next key waits for`;
}
