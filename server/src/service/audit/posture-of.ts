import { fetchPolicyFile } from "../../engine/mta-sts/fetch-policy.ts";
import type { AuditEvidence } from "../../model/audit/evidence.ts";
import { sendingAddresses } from "../../model/audit/sending-addresses.ts";
import type { AuditRequest } from "./audit-request.ts";
import { limitedLookup } from "./limited-lookup.ts";
import { gatherPosture } from "./posture/gather.ts";

/** What strangers' records can make an audit ask, and how long that takes: it runs beside the search for selectors. */
const limits = { queriesMax: 500, questionMs: 3000, totalMs: 4500 };

/** Looks at the whole domain as far as the source of DNS goes: a file shows what it lists, and nothing is fetched beside it. */
export async function postureOf(
  { domain, lookup, dns, namesInZone = [], blocklists }: AuditRequest,
  { mail }: Pick<AuditEvidence, "mail">,
): Promise<Pick<AuditEvidence, "posture">> {
  const lists = new Set(namesInZone);
  const apex = dns === "network" || lists.has(domain);
  const isShown = { apex, dmarc: apex || namesInZone.some((name) => isPolicyName(name, domain)) };
  const showsReverse = dns === "network" || namesInZone.some((name) => /\.(?:in-addr|ip6)\.arpa$/.test(name));
  const addresses = mail === undefined || !showsReverse ? [] : sendingAddresses(mail);
  const posture = await gatherPosture({
    domain,
    lookup: dns === "file" ? lookup : limitedLookup(lookup, limits),
    shown: isShown,
    ...(dns === "network" && { fetchPolicy: fetchPolicyFile }),
    ...(addresses.length > 0 && { sendingAddresses: addresses }),
    ...(blocklists && { lists: blocklists }),
  });
  return { posture };
}

/** `_dmarc` of the domain or of a name above it. */
const isPolicyName = (name: string, domain: string): boolean =>
  name.startsWith("_dmarc.") && `.${domain}`.endsWith(`.${name.slice("_dmarc.".length)}`);
