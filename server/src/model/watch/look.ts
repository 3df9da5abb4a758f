import type { Audit, ReportedFinding } from "../audit/audit.ts";
import type { AuditEvidence } from "../audit/evidence.ts";
import type { SelectorSummary } from "../audit/selector-summary.ts";
import type { TracedChain } from "../traced-chain.ts";

/** One look at a watched domain: what was seen, and what was made of it. */
export type Look = {
  /** Its number: higher than that of every look before. */
  number: number;
  /** Epoch seconds. */
  at: number;
  selectors: readonly Pick<SelectorSummary, "selector" | "keyName" | "sources" | "chain" | "key" | "providers">[];
  findings: readonly ReportedFinding[];
  checks: Audit["checks"];
  /** Whether anything was answered at all. A look without an answer changes nothing. */
  isKnown: boolean;
};

export function lookOf(number: number, { discovery }: Pick<AuditEvidence, "discovery">, audit: Audit): Look {
  const { at, selectors, findings, checks } = audit;
  const isKnown =
    selectors.length > 0
      ? selectors.some(({ chain }) => isKnownChain(chain))
      : discovery.domainkeyNode !== "unknown" || !findings.some(({ code }) => code === "Undetermined");
  return { number, at, selectors, findings, checks, isKnown };
}

/** Whether the look-up says what is at the name. A loop of aliases is an answer; a server's silence is none. */
export const isKnownChain = (chain: TracedChain): boolean =>
  chain.outcome !== "unknown" || chain.reason === "alias-loop" || chain.reason === "alias-chain-too-long";

/** Whether something stands at the key name itself: a text, or an alias wherever it leads. */
export const isThere = (chain: TracedChain): boolean => chain.outcome === "present" || chain.aliases.length > 0;

/** The longest time for which one of the answers may be repeated from a cache, seconds; 0 where nothing was answered. */
export const longestTtlOf = ({ selectors }: Look): number =>
  Math.max(
    0,
    ...selectors.flatMap(({ chain }) => [
      ...chain.aliases.map(({ ttlSeconds }) => ttlSeconds),
      ...(chain.outcome === "present" ? chain.texts.map(({ ttlSeconds }) => ttlSeconds) : []),
    ]),
  );
