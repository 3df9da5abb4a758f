import type { ProviderSigns } from "./evidence/provider-signs.ts";
import type { SigningConfig } from "../provider/microsoft365/signing-config.ts";
import type { TracedChain } from "../traced-chain.ts";
import type { DelegationEvidence } from "./evidence/delegation.ts";
import type { DnssecEvidence } from "./evidence/dnssec.ts";
import type { DomainEvidence } from "./evidence/domain.ts";
import type { Expectations } from "./expectations.ts";
import type { HistoryEvidence } from "./evidence/history.ts";
import type { MailEvidence } from "./evidence/mail.ts";
import type { ReportEvidence } from "./evidence/reports.ts";

/**
 * Everything that was seen of a domain, as plain values and without a judgement. A section that is not there was not
 * gathered: checks that need it say `needs evidence` and make no finding. Times are epoch seconds, TTLs seconds, names
 * lower case, in A-labels, without a final dot.
 */
export type AuditEvidence = {
  /** The domain audited: the one that stands, or could stand, in From. */
  domain: string;
  /** When. */
  at: number;
  /** Where DNS came from: asked of the network, or taken from a file that can show nothing else. */
  dns: "network" | "file";
  /** Every selector that is known of, however that came. */
  selectors: readonly SelectorEvidence[];
  /** How far the search for selectors could see. */
  discovery: DiscoveryEvidence;
  expectations: Expectations;
  mail?: MailEvidence;
  reports?: ReportEvidence;
  delegation?: DelegationEvidence;
  dnssec?: DnssecEvidence;
  posture?: DomainEvidence;
  history?: HistoryEvidence;
  /** What names providers beside the selectors. */
  providerSigns?: ProviderSigns;
  /** What Microsoft 365 says of the domains of a tenant (`Get-DkimSigningConfig`). */
  microsoft365?: readonly SigningConfig[];
};

/** How a selector came to be known, the surest first. */
export const selectorSources = [
  "given",
  "report",
  "mail",
  "zone",
  "import",
  "history",
  "catalogue",
  "common-name",
] as const;
export type SelectorSource = (typeof selectorSources)[number];

/** One selector and what its key name leads to. */
export type SelectorEvidence = {
  selector: string;
  /** `<selector>._domainkey.<domain>` */
  keyName: string;
  /** Every source that names it; never empty. */
  sources: readonly SelectorSource[];
  chain: TracedChain;
  /** What stands at the usual wrong names. Looked for only where nothing is at the right one. */
  wrongHosts?: readonly WrongHostSeen[];
  /** Addresses (A, AAAA) at the key name itself, each as "A 192.0.2.1". Looked for only where nothing else is there. */
  addresses?: readonly string[];
  /** Records beside an alias on the way, by the name at which both stand. `types` with CNAME: there are two aliases. */
  besideAliases?: readonly { name: string; types: readonly string[] }[];
  /** What stands where an alias should probably lead. Looked for only where a text stands at the key name. */
  likelyTargets?: readonly TracedChain[];
  /** Whose the last name of the chain is: the domain that somebody registered. Only where nothing is there. */
  finalNameOwner?: string;
  /** The last name without the domain audited at its end, where that is a name in its own right. Only where nothing is there. */
  targetMeant?: string;
};

/** A record at a name where it was probably put by mistake. */
export type WrongHostSeen = {
  name: string;
  /** What is wrong with the name, as a phrase: "the domain is doubled". */
  mistake: string;
  chain: TracedChain;
};

/**
 * What is at `_domainkey.<domain>` itself. `nxdomain`: no selector exists at all (RFC 8020), unless the zone denies wrongly;
 * `exists`: there is at least one, or a wildcard; `unknown`: nothing can be said.
 */
export type DiscoveryEvidence = {
  domainkeyNode: "nxdomain" | "exists" | "unknown";
  /** What is published at `_domainkey.<domain>` itself; absent: nothing. */
  atNode?: TracedChain;
  /** What a selector that nobody made up is answered with: what other names answer then says little. Absent: nothing. */
  wildcard?: TracedChain;
  /** Names tried from the catalogue and from lists; those that answered are among the selectors. */
  namesTried: number;
};
