import { type BogusReason, type DnssecState, isAtOrBelow } from "chancery/dns";
import { bogusWords, dnssecWords } from "../../../dnssec-words.ts";
import { type AuditContext, type AuditFinding, type Check, needsEvidence, outcomeOf } from "../../check.ts";
import type { ValidatedStep } from "../../evidence/dnssec.ts";
import type { AuditEvidence } from "../../evidence.ts";
import { refusedAsBogus } from "../chain/aliases.ts";
import { unanswered } from "../domain/domain-answers.ts";
import { keyNamesOf } from "../chain/key-names-of.ts";
import { serversWithoutKey } from "./ds-names-a-key.ts";
import { type Validated, isDsFault, onValidated, remedyFor, stepsOf } from "./validated.ts";

type Bogus = Extract<DnssecState, { state: "bogus" }>;

/** AUD-C-14: bogus anywhere on a chain is an outage for every receiver that validates. */
export const signaturesHold: Check = {
  name: "dnssec-signatures-hold",
  title: "DNSSEC holds on every chain, as far as it is signed",
  codes: ["DnssecBogus"],
  look: (evidence, context) => {
    const { dnssec, domain } = evidence;
    const refused = refusedByResolver(evidence, context);
    const failing = dnssec?.state === "validated" ? failingSteps(dnssec, domain) : [];
    if (failing.length > 0 || refused.length > 0) return outcomeOf([...failing, ...refused]);
    const open = dnssec?.state === "validated" ? notFoundOut(dnssec) : undefined;
    return open === undefined ? onValidated(() => [])(evidence, context) : needsEvidence(open);
  },
};

/** What validation did not get to know: nothing fails by it, and nothing passes. */
function notFoundOut(validated: Validated): string | undefined {
  const open = stepsOf(validated).find(({ dnssec }) => dnssec.state === "indeterminate");
  return open && `DNSSEC records of ${open.name}; ${dnssecWords(open.dnssec)}`;
}

/** What the resolver refuses, and validation from the root down does not explain. */
function refusedByResolver(evidence: AuditEvidence, context: AuditContext): AuditFinding[] {
  const { dnssec } = evidence;
  const { chains = [], zones = [] } = dnssec?.state === "validated" ? dnssec : {};
  const halfBroken = zones.filter((zone) => serversWithoutKey(zone).length > 0);
  const isExplained = ({ name, dnssec: { state } }: ValidatedStep): boolean =>
    state === "bogus" || halfBroken.some(({ apex }) => isAtOrBelow(name, apex));
  const explained = chains.filter(({ steps }) => steps.some(isExplained));
  const ofKeys = keyNamesOf(evidence, context).flatMap((seen) => {
    const finding = explained.some(({ keyName }) => keyName === seen.keyName) ? undefined : refusedAsBogus(seen);
    return finding ?? [];
  });
  if (ofKeys.length > 0 || explained.length > 0 || !evidence.posture) return ofKeys;
  const { domain } = evidence;
  const names = unanswered(domain, evidence.posture).filter(({ reason }) => reason === "bogus");
  if (names.length === 0) return [];
  return [
    {
      code: "DnssecBogus",
      severity: "medium",
      subject: domain,
      summary: `the resolver has answers for mail records of ${domain} and refuses them: their DNSSEC signatures do not hold`,
      evidence: names.map(({ name, type }) => `${name} ${type}: refused`),
      remedy: "see which zone fails (delv), and have whoever runs it sign it anew",
      commands: names.map(({ name, type }) => `delv ${name} ${type}`).filter(isPlain),
    },
  ];
}

function failingSteps(validated: Validated, domain: string): AuditFinding[] {
  const failing = new Map<string, { state: Bogus; names: Set<string>; keyNames: Set<string> }>();
  for (const { name, dnssec, keyNames } of stepsOf(validated)) {
    if (dnssec.state !== "bogus" || isDsFault(dnssec)) continue;
    const fault = JSON.stringify([dnssec.zone, dnssec.record, dnssec.reason]);
    const known = failing.get(fault) ?? { state: dnssec, names: new Set(), keyNames: new Set() };
    known.names.add(name);
    for (const keyName of keyNames) known.keyNames.add(keyName);
    failing.set(fault, known);
  }
  return [...failing.values()].map(({ state, names, keyNames }): AuditFinding => {
    const { zone, record } = state;
    return {
      code: "DnssecBogus",
      severity: "medium",
      subject: record.name,
      summary: `receivers that validate DNSSEC cannot look up ${[...names].join(", ")}: ${bogusWords(state)}`,
      evidence: [
        `zone ${zone}`,
        `${record.name} ${record.type}`,
        ...(state.keyTag === undefined ? [] : [`key tag ${state.keyTag}`]),
        ...[...keyNames].map((keyName) => `on the way from ${keyName}`),
      ],
      remedy: remedyFor(zone, domain, remedies[state.reason]),
      commands: [`dig +dnssec ${record.name} ${record.type}`, `delv ${[...names][0]} TXT`].filter(isPlain),
    };
  });
}

const isPlain = (command: string): boolean => /^[\w.*+ -]+$/.test(command);

const signAnew =
  "have the zone signed anew, and see that signing runs by itself and every server takes the new zone over";
const remedies: Record<BogusReason, string> = {
  "signature-expired": signAnew,
  "signature-not-yet-valid": "set the clock of the signing server right, and have the zone signed anew",
  "signature-missing": `${signAnew}; where the zone was never meant to be signed, have the parent remove its DS records`,
  "signature-mismatch": `${signAnew}: something changed the records after they were signed`,
  "signing-key-missing": "publish the key that signs as DNSKEY, or sign with one that is published",
  "dnskey-missing": "publish the keys, or have the parent remove its DS records",
  "ds-without-key": "have the parent replace its DS records",
  "denial-missing": "have every server answer with the NSEC or NSEC3 records of the signed zone",
  "denial-incomplete": signAnew,
  "nsec3-iterations": "sign with 0 iterations and no salt (RFC 9276)",
};
