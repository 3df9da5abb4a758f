import { type Custody, custodyOf } from "../../provider/custody.ts";
import type { AuditContext } from "../check.ts";
import type { AuditEvidence } from "../evidence.ts";
import { captureSteps, mailOrReports, neither, resultSteps } from "./mail-steps.ts";
import type { Step } from "./step.ts";

const aSelector = "a selector (--selector NAME), messages or reports that name one";
const aRetiredProvider = "the providers no longer used (--retired PROVIDER)";

const noSelector = ({ selectors }: AuditEvidence): string | undefined =>
  selectors.length === 0 ? aSelector : undefined;

/** Selectors at whose name something stands: of an absence there is nothing more to say. */
const published = ({ selectors }: AuditEvidence): AuditEvidence["selectors"] =>
  selectors.filter(({ chain }) => chain.outcome !== "absent" || chain.aliases.length > 0);
const nothingPublished = (evidence: AuditEvidence): string | undefined =>
  noSelector(evidence) ?? (published(evidence).length === 0 ? "a record at a key name" : undefined);

const keyNames = ({ selectors }: AuditEvidence): string[] => selectors.map(({ keyName }) => keyName);
const path = ({ keyName, chain }: AuditEvidence["selectors"][number]): string =>
  [keyName, ...chain.aliases.map(({ target }) => target)].join(" → ");

const custodies = (
  { selectors, delegation }: AuditEvidence,
  { catalogue }: AuditContext,
): { keyName: string; custody: Custody }[] =>
  catalogue === undefined
    ? []
    : selectors.map((seen) => ({
        keyName: seen.keyName,
        custody: custodyOf(catalogue, seen, { places: delegation?.places }),
      }));

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
  ...captureSteps,
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
    missing: nothingPublished,
    failsOn: ["ConflictingRecords", "MultipleKeyRecords", "Flattened", "Undetermined"],
    shows: (evidence) =>
      published(evidence).map(({ keyName, chain }) => `${keyName}: ${chain.aliases.length > 0 ? "CNAME" : "TXT"}`),
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
  ...resultSteps,
  {
    step: "retired-providers",
    title: "No selector of a retired provider is left",
    missing: ({ expectations }) => (expectations.retiredProviders.length === 0 ? aRetiredProvider : undefined),
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
    missing: (evidence) =>
      evidence.expectations.retiredProviders.length === 0
        ? aRetiredProvider
        : neither(evidence) && `${mailOrReports} from after the end: DNS cannot show that the provider stopped`,
    failsOn: ["ProviderCanStillSign", "RetiredProviderSelector"],
    shows: ({ expectations }) => expectations.retiredProviders.map((provider) => `${provider} cannot sign any more`),
  },
];
