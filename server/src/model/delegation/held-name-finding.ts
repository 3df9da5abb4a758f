import type { Claim, DnsSettings } from "./delegation.ts";
import { methodOf } from "./delegation-methods.ts";
import type { Finding } from "../finding.ts";
import { day, type Seconds, utcText } from "../seconds.ts";

/** From these on it is told that the registration of a zone of ours ends. */
const soonSeconds: Seconds = 60 * day;
const verySoonSeconds: Seconds = 30 * day;

/**
 * What is known to be wrong with signing as a name that is not the author's: said before it is used, and for as long as it is.
 * `registeredUntil`: of the zone that the name is in; undefined: nobody said until when.
 */
export function heldNameFindings(
  claim: Claim,
  dns: DnsSettings,
  registeredUntil: Seconds | undefined,
  now: Seconds,
): Finding[] {
  const method = methodOf(claim.method);
  if (method.proof !== "operator") return [];
  const zone = method.sharedZone(claim, dns);
  return [
    notAligned(claim, method.signingDomain(claim, dns)),
    ...registrationFindings(zone, zone === dns.heldZone ? registeredUntil : undefined, now),
  ];
}

const notAligned = ({ domain }: Claim, signingDomain: string): Finding => ({
  code: "NotAligned",
  severity: "high",
  subject: domain,
  summary: `mail From ${domain} is signed as ${signingDomain}, which DMARC does not count for ${domain}`,
  evidence: [`d=${signingDomain} and ${domain} are not of one organisation (RFC 9989 §4.4)`],
  remedy: `let ${domain} delegate its keys: "chancery domain remove ${domain}", then "chancery domain add ${domain} --method cname-ring"; until then DMARC passes by SPF alone`,
});

/** A zone whose registration has ended is anybody's, and so is every name that mail was signed as. */
function registrationFindings(zone: string, until: Seconds | undefined, now: Seconds): Finding[] {
  if (until === undefined || until - now >= soonSeconds) return [];
  const date = utcText(until).slice(0, "2026-11-22".length);
  return [
    {
      code: "RegistrationEnds",
      severity: until - now < verySoonSeconds ? "high" : "medium",
      subject: zone,
      summary: `the registration of ${zone} ${until <= now ? "ended" : "ends"} on ${date}`,
      evidence: ["delegation.held_zone_registered_until says so"],
      remedy: `renew ${zone} at its registrar, then set delegation.held_zone_registered_until to the new date: whoever registers the name next can sign as everybody it is held for`,
    },
  ];
}
