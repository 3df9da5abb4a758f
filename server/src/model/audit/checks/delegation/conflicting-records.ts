import type { AuditFinding, Check } from "../../check.ts";
import type { NameEvidence, ZoneEvidence } from "../../evidence/delegation.ts";
import type { AuditEvidence } from "../../evidence.ts";
import { digAt } from "../../dig.ts";
import { onAuthorities, remedyFor } from "./asked-authorities.ts";
import { opinionsOn, shown } from "./said.ts";

/**
 * AUD-C-07: an alias beside other records at one name (RFC 1034 §3.6.2), which no single question shows: servers give one
 * or the other, other types are answered without the alias, ANY or the NSEC record lists both.
 */
export const aliasesStandAlone: Check = {
  name: "aliases-stand-alone",
  title: "No alias stands beside other records",
  codes: ["ConflictingRecords"],
  look: onAuthorities(({ zones, names }, evidence) =>
    names.flatMap((name): AuditFinding[] => {
      const zone = zones.find(({ apex }) => apex === name.apex);
      if (zone === undefined || !isConflict(name, zone) || isShownByChain(name, evidence)) return [];
      return [
        {
          code: "ConflictingRecords",
          severity: "high",
          subject: name.name,
          summary: "an alias stands beside other records; which of them a resolver takes is undefined",
          evidence: [
            ...opinionsOn(name).map(({ text, addresses }) => `${shown(text)} at ${addresses.join(", ")}`),
            ...name.besideAlias.map(({ type, address, how }) => `${type} at ${address}, ${how}`),
          ],
          remedy: remedyFor(zone, evidence.domain, "remove the one that is not meant"),
          commands: [
            ...digAt(name.answers[0]?.address ?? "", name.name, "ANY", "+norecurse", "+tcp"),
            ...name.answers.flatMap(({ address }) => digAt(address, name.name, "TXT", "+norecurse")),
          ],
        },
      ];
    }),
  ),
};

/**
 * Whether an alias and other records stand at one name. Servers that differ with different serials have different versions
 * of the zone: that is another fault.
 */
export function isConflict(name: NameEvidence, zone: ZoneEvidence): boolean {
  const opinions = opinionsOn(name);
  if (name.besideAlias.length > 0 || opinions.some(({ said }) => said.state === "records" && said.alias !== undefined))
    return true;
  const alias = opinions.filter(({ said }) => said.state === "alias");
  const records = opinions.filter(({ said }) => said.state === "records");
  if (alias.length === 0 || records.length === 0) return false;
  const heard = [...alias, ...records].flatMap(({ addresses }) => addresses);
  const serials = zone.addresses.flatMap(({ address, soa }) => (soa && heard.includes(address) ? [soa.serial] : []));
  return new Set(serials).size <= 1;
}

/** What the chain itself shows was told with it. */
const isShownByChain = ({ name }: NameEvidence, { selectors }: AuditEvidence): boolean =>
  selectors.some(({ chain }) => chain.finalName === name && chain.aliases.some((alias) => alias.name === name));
