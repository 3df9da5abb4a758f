import { chainCodes } from "./codes/chain.ts";
import type { CodeRow } from "./codes/code-row.ts";
import { delegationCodes } from "./codes/delegation.ts";
import { dnssecCodes } from "./codes/dnssec.ts";
import { domainCodes } from "./codes/domain.ts";
import { driftCodes } from "./codes/drift.ts";
import { mailCodes } from "./codes/mail.ts";
import { providerCodes } from "./codes/provider.ts";
import type { FindingCode } from "./finding-codes.ts";

/** What earns points: that none of these codes was found by the checks that look for them. */
export type ScoreRule = {
  /** Lower case with hyphens; stable, since reports name it. */
  rule: string;
  /** Of a hundred. */
  points: number;
  title: string;
  why: string;
  codes: readonly FindingCode[];
};

/** The faults of a room that no rule above has claimed. */
const rest = (room: Readonly<Record<string, CodeRow>>, ...claimed: readonly (readonly string[])[]): FindingCode[] =>
  Object.entries(room)
    // Without an answer of DNS nothing is judged, and what is only worth knowing costs nothing.
    .filter(([code, { severity }]) => code !== "Undetermined" && severity !== "info" && !claimed.flat().includes(code))
    .map(([code]) => code as FindingCode);

const strength: FindingCode[] = ["KeyWeak", "KeyTesting", "KeyOld"];
const others: FindingCode[] = [
  "TakeoverRisk",
  "PrivateKeyPublished",
  "ProviderCanStillSign",
  "RetiredProviderSelector",
  "StaleSelector",
];
const signing: FindingCode[] = ["NotAligned", "SpfOnlyAlignment", "CustomDkimOff"];
const dmarcFound: FindingCode[] = ["DmarcMissing", "DmarcMultiple", "DmarcMalformed", "DmarcMisplaced"];
const dmarcEnforced: FindingCode[] = [
  "DmarcNotEnforcing",
  "DmarcSubdomainWeaker",
  "DmarcRejectWithoutDkim",
  "ParkedUnprotected",
];
const reports: FindingCode[] = ["DmarcWithoutReports", "ReportsUnauthorised"];
const clear: FindingCode[] = ["DmarcObsoleteTag", "DmarcWildcard", "PolicyWalkDiffers"];
const spf: FindingCode[] = [
  "SpfMissing",
  "SpfMultiple",
  "SpfMalformed",
  "SpfIncludeBroken",
  "SpfTooManyLookups",
  "SpfPassesAll",
  "SpfOpenEnded",
  "SpfUsesPtr",
];

/** The rules of the score, a hundred points in all. None asks who the provider is, or what is not set up and need not be. */
export const scoreRules: readonly ScoreRule[] = [
  {
    rule: "keys-found",
    points: 20,
    title: "Every selector leads to exactly one sound key",
    why: "a signature whose key is not found counts as none",
    codes: [...rest(chainCodes, strength, others), ...rest(providerCodes, others, signing)],
  },
  {
    rule: "keys-strong",
    points: 10,
    title: "Keys are long, not only tested, and renewed",
    why: "a weak or stolen key signs as you",
    codes: [...strength, ...rest(driftCodes, strength)],
  },
  {
    rule: "no-others",
    points: 15,
    title: "Nobody else can sign or take a name",
    why: "old providers, left keys and names that anybody can register let others send as you",
    codes: others,
  },
  {
    rule: "servers-agree",
    points: 5,
    title: "Name servers answer, and all say the same",
    why: "what some servers do not say, some receivers do not see",
    codes: [...rest(delegationCodes, others), ...rest(dnssecCodes)],
  },
  {
    rule: "mail-aligned",
    points: 10,
    title: "Mail carries an aligned signature that passes",
    why: "only a signature in the name of the From domain survives forwarding",
    codes: signing,
  },
  {
    rule: "mail-signed-well",
    points: 5,
    title: "Signatures cover what they should, and every key signs",
    why: "what a signature leaves out can be changed on the way",
    codes: rest(mailCodes, others, signing),
  },
  {
    rule: "dmarc-found",
    points: 10,
    title: "One DMARC record applies, and can be read",
    why: "without it anybody can write your domain into From",
    codes: dmarcFound,
  },
  {
    rule: "dmarc-enforced",
    points: 10,
    title: "The policy is enforced, for subdomains as well",
    why: "p=none only watches",
    codes: dmarcEnforced,
  },
  {
    rule: "dmarc-reports",
    points: 3,
    title: "Reports are asked for and arrive",
    why: "reports are the only way to learn what fails at receivers",
    codes: reports,
  },
  {
    rule: "dmarc-clear",
    points: 2,
    title: "Receivers of the old and the new standard read the policy alike",
    why: "what depends on the receiver cannot be tested",
    codes: clear,
  },
  {
    rule: "spf",
    points: 5,
    title: "One SPF record, which receivers can evaluate, and which does not let everybody send",
    why: "large receivers ask for SPF beside DKIM",
    codes: spf,
  },
  {
    rule: "mail-hosts",
    points: 5,
    title: "Mail hosts are in order: exchangers, reverse names, transport policies, lists",
    why: "mail that cannot be answered or comes from nameless hosts is refused",
    codes: rest(domainCodes, dmarcFound, dmarcEnforced, reports, clear, spf),
  },
];
