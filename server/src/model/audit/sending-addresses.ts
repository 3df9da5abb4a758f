import type { MailEvidence } from "./evidence/mail.ts";

/**
 * Addresses that the domain's mail comes from, as far as messages prove it: SPF passes for the address, and SPF or a signature
 * speaks for the author domain. A forwarder's or a forger's address is nobody's here.
 */
export function sendingAddresses({ messages }: MailEvidence): string[] {
  const addresses = new Set<string>();
  for (const { path, spf, signatures } of messages) {
    const isAligned =
      spf?.aligned === "yes" || signatures.some(({ aligned, standing }) => aligned === "yes" && standing === "pass");
    if (path.clientIp !== undefined && spf?.result === "pass" && isAligned) addresses.add(path.clientIp);
  }
  return [...addresses];
}
