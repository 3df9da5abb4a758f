import { responsibleDomains } from "./responsible-domains.ts";
import type { Verification } from "./verification.ts";

export type SmtpReply = { code: 451; enhancedCode: "4.7.5"; text: string };

/**
 * The reply that defers the message because a key could not be fetched, and no other signature passes (RFC 6376 §6.3);
 * undefined: take it. No other failure defers, for another try would find the same, and none refuses: a message whose
 * signatures are all bad is treated as an unsigned one.
 * @param unknownKeys what the receiver wants done with mail whose keys cannot be fetched now
 */
export function smtpReply(
  verifications: readonly Verification[],
  unknownKeys: "accept" | "defer",
): SmtpReply | undefined {
  if (unknownKeys === "accept" || responsibleDomains(verifications).length > 0) return undefined;
  if (!verifications.some(({ result }) => result === "temperror")) return undefined;
  return { code: 451, enhancedCode: "4.7.5", text: "DKIM: a key cannot be fetched from the DNS now, try again later" };
}
