import type { Claim, DnsSettings } from "./delegation.ts";
import { methodOf } from "./delegation-methods.ts";
import type { Finding } from "../finding.ts";

/** What is known to be wrong with signing as a name that is not the author's: said before it is used, and for as long as it is. */
export function heldNameFindings(claim: Claim, dns: DnsSettings): Finding[] {
  const method = methodOf(claim.method);
  return method.proof === "operator" ? [notAligned(claim, method.signingDomain(claim, dns))] : [];
}

/** The zone of ours that a name is held in for the claim; undefined: none is. */
export function heldZoneOf(claim: Claim, dns: DnsSettings): string | undefined {
  const method = methodOf(claim.method);
  return method.proof === "operator" ? method.sharedZone(claim, dns) : undefined;
}

const notAligned = ({ domain }: Claim, signingDomain: string): Finding => ({
  code: "NotAligned",
  severity: "high",
  subject: domain,
  summary: `mail From ${domain} is signed as ${signingDomain}, which DMARC does not count for ${domain}`,
  evidence: [`d=${signingDomain} and ${domain} are not of one organisation (RFC 9989 §4.4)`],
  remedy: `let ${domain} delegate its keys: "chancery domain remove ${domain}", then "chancery domain add ${domain} --method cname-ring"; until then DMARC passes by SPF alone`,
});
