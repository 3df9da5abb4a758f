import type { AuditEvidence } from "../evidence.ts";
import type { SelectorSummary } from "../selector-summary.ts";
import { measures, type Measured, type Measure } from "./measures.ts";

/** Who asks. */
export type Receiver = "Gmail" | "Yahoo" | "Microsoft";

/**
 * One requirement of a large receiver, with what the evidence says of it. `not met` only where something shows that it is not;
 * what nobody looked at, or DNS does not show, needs evidence, and `evidence` says which.
 */
export type Requirement = {
  receiver: Receiver;
  /** `bulk`: from about 5000 messages a day on (Yahoo names no number). */
  senders: "all" | "bulk";
  requirement: string;
  reference: string;
} & Measured;

/** Where each receiver says so. */
const references: Record<Receiver, string> = {
  Gmail: "https://support.google.com/a/answer/81126",
  Yahoo: "https://senders.yahooinc.com/best-practices/",
  Microsoft: "https://sendersupport.olc.protection.outlook.com/pm/policies.aspx",
};

type Row = { measure: Measure; requirement: string; asked: Partial<Record<Receiver, Requirement["senders"]>> };

/** The requirements (BULK-01, BULK-02, BULK-04), as the three receivers put them at the end of 2026. */
const rows: readonly Row[] = [
  { measure: "spf-or-dkim", requirement: "Mail passes SPF or DKIM", asked: { Gmail: "all", Yahoo: "all" } },
  { measure: "spf", requirement: "Mail passes SPF", asked: { Gmail: "bulk", Yahoo: "bulk", Microsoft: "bulk" } },
  { measure: "dkim", requirement: "Mail passes DKIM", asked: { Gmail: "bulk", Yahoo: "bulk", Microsoft: "bulk" } },
  {
    measure: "key-length",
    requirement: "DKIM keys have 1024 bits or more (2048 are advised)",
    asked: { Gmail: "all", Yahoo: "all" },
  },
  {
    measure: "dmarc",
    requirement: "A DMARC record applies, with p=none at least",
    asked: { Gmail: "bulk", Yahoo: "bulk", Microsoft: "bulk" },
  },
  {
    measure: "aligned",
    requirement: "The From domain is aligned with the domain that passes SPF or DKIM",
    asked: { Gmail: "bulk", Yahoo: "bulk", Microsoft: "bulk" },
  },
  {
    measure: "reverse-dns",
    requirement: "Sending addresses have names that lead back to them",
    asked: { Gmail: "all", Yahoo: "all" },
  },
  { measure: "tls", requirement: "Mail is sent over TLS", asked: { Gmail: "all" } },
  { measure: "format", requirement: "Messages keep to RFC 5322", asked: { Gmail: "all", Yahoo: "all" } },
  {
    measure: "spam-rate",
    requirement: "Few recipients call it spam: under 0.3 percent, better under 0.1",
    asked: { Gmail: "all", Yahoo: "all" },
  },
  {
    measure: "one-click",
    requirement: "Marketing mail has one-click unsubscribe (RFC 8058), honoured within two days",
    asked: { Gmail: "bulk", Yahoo: "bulk" },
  },
];

/** How ready a domain is for what Gmail, Yahoo and Microsoft ask of senders; empty where it is said to send no mail. */
export function readinessOf(evidence: AuditEvidence, selectors: readonly SelectorSummary[]): Requirement[] {
  if (evidence.expectations.parked) return [];
  const measured = new Map<Measure, Measured>();
  return (["Gmail", "Yahoo", "Microsoft"] as const).flatMap((receiver) =>
    rows.flatMap(({ measure, requirement, asked }): Requirement[] => {
      const senders = asked[receiver];
      if (senders === undefined) return [];
      const known = measured.get(measure) ?? measures[measure](evidence, selectors);
      measured.set(measure, known);
      return [{ receiver, senders, requirement, reference: references[receiver], ...known }];
    }),
  );
}
