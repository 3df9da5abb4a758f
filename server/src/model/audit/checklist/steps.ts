import { type Custody, custodyOf } from "../../provider/custody.ts";
import type { AuditContext } from "../check.ts";
import type { AuditEvidence } from "../evidence.ts";
import type { Step } from "./step.ts";

const mail = "messages as a receiver has them (--mail FILE)";
const mailOrReports = "messages as a receiver has them (--mail FILE) or aggregate reports (--report FILE)";
const aSelector = "a selector (--selector NAME), messages or reports that name one";

const noMail = ({ mail: seen }: AuditEvidence): string | undefined => (seen === undefined ? mail : undefined);
const neither = ({ mail: seen, reports }: AuditEvidence): string | undefined =>
  seen === undefined && reports === undefined ? mailOrReports : undefined;
const noSelector = ({ selectors }: AuditEvidence): string | undefined =>
  selectors.length === 0 ? aSelector : undefined;

const keyNames = ({ selectors }: AuditEvidence): string[] => selectors.map(({ keyName }) => keyName);
const path = ({ keyName, chain }: AuditEvidence["selectors"][number]): string =>
  [keyName, ...chain.aliases.map(({ target }) => target)].join(" → ");

const custodies = (
  { selectors }: AuditEvidence,
  { catalogue }: AuditContext,
): { keyName: string; custody: Custody }[] =>
  catalogue === undefined
    ? []
    : selectors.map((seen) => ({ keyName: seen.keyName, custody: custodyOf(catalogue, seen) }));

/** DNS tells who holds a key only where it lies with a provider that is known. */
function ownersToName(evidence: AuditEvidence, context: AuditContext): string | undefined {
  if (context.catalogue === undefined) return "the provider catalogue";
  const unnamed = custodies(evidence, context).filter(({ custody }) => custody.privateKey.who !== "provider");
  if (unnamed.length === 0) return undefined;
  return `somebody who knows who holds the private key of ${unnamed.map(({ keyName }) => keyName).join(", ")}: DNS does not tell`;
}

const whoRotates = (evidence: AuditEvidence, context: AuditContext): string[] =>
  custodies(evidence, context).map(
    ({ keyName, custody: { privateKey } }) =>
      `${keyName}: ${privateKey.who === "provider" ? privateKey.name : "not known"}`,
  );

/** The audit checklist: from the domains in use to the end of a provider's contract. */
export const steps: readonly Step[] = [
  {
    step: "from-domains",
    title: "Every domain that stands in From is known",
    missing: neither,
    failsOn: [],
    shows: () => [],
  },
  {
    step: "headers-captured",
    title: "Headers were captured for every path that mail takes",
    missing: noMail,
    failsOn: [],
    shows: () => [],
  },
  {
    step: "signatures-seen",
    title: "The d= and s= of every signature are known",
    missing: neither,
    failsOn: [],
    shows: () => [],
  },
  {
    step: "owner-name",
    title: "Every record stands at exactly SELECTOR._domainkey.DOMAIN",
    missing: noSelector,
    failsOn: ["WrongHost", "NoKeyRecord", "CnameMissing", "WildcardInTheWay", "Undetermined"],
    shows: keyNames,
  },
  {
    step: "record-type",
    title: "At each name stands one TXT record or one CNAME, and nothing beside it",
    missing: noSelector,
    failsOn: ["ConflictingRecords", "MultipleKeyRecords", "Flattened", "Undetermined"],
    shows: ({ selectors }) =>
      selectors.map(({ keyName, chain }) => `${keyName}: ${chain.aliases.length > 0 ? "CNAME" : "TXT"}`),
  },
  {
    step: "chain-and-key",
    title: "The whole chain leads to a final TXT record with a sound key",
    missing: noSelector,
    failsOn: [
      "TargetMissing",
      "CnameMismatch",
      "AliasLoop",
      "AliasChainTooLong",
      "KeyRevoked",
      "KeyMalformed",
      "KeyMismatch",
      "KeyUnusable",
      "KeyWeak",
      "PrivateKeyPublished",
      "TakeoverRisk",
      "ResolversDisagree",
      "LameDelegation",
      "NoKeyRecord",
      "WrongHost",
      "Undetermined",
    ],
    shows: ({ selectors }) => selectors.map(path),
  },
  {
    step: "signature-passes",
    title: "The signature passes in real mail",
    missing: neither,
    failsOn: ["SelectorNotSigning"],
    shows: () => [],
  },
  {
    step: "dmarc-by-dkim",
    title: "DMARC passes by an aligned signature, and not by SPF alone",
    missing: neither,
    failsOn: ["NotAligned", "SpfOnlyAlignment"],
    shows: () => [],
  },
  {
    step: "stale-selectors",
    title: "No selector is left that nothing signs with any more",
    missing: neither,
    failsOn: ["StaleSelector"],
    shows: () => [],
  },
  {
    step: "retired-providers",
    title: "No selector of a retired provider is left",
    missing: ({ expectations }) =>
      expectations.retiredProviders.length === 0 ? "the providers no longer used (--retired PROVIDER)" : undefined,
    failsOn: ["RetiredProviderSelector", "ProviderCanStillSign"],
    shows: ({ expectations }) => expectations.retiredProviders.map((provider) => `nothing of ${provider} is left`),
  },
  {
    step: "who-may-rotate",
    title: "Who may rotate or disable each key is known",
    missing: (evidence, context) => noSelector(evidence) ?? ownersToName(evidence, context),
    failsOn: [],
    shows: whoRotates,
  },
  {
    step: "off-boarding",
    title: "Off-boarding covers DNS and the provider's side",
    missing: ({ expectations, mail: seen, reports }) =>
      expectations.retiredProviders.length === 0
        ? "the providers no longer used (--retired PROVIDER)"
        : seen === undefined && reports === undefined
          ? `${mailOrReports} from after the end: DNS cannot show that the provider stopped`
          : undefined,
    failsOn: ["ProviderCanStillSign", "RetiredProviderSelector"],
    shows: ({ expectations }) => expectations.retiredProviders.map((provider) => `${provider} cannot sign any more`),
  },
];
