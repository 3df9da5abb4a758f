import type { ReportRow } from "chancery/dmarc";
import type { SelectorUse } from "../../engine/database/reports.ts";

/** So many selectors no report about real mail names. */
const selectorsMax = 2000;
const sourcesCountedMax = 200;
const sourcesKeptMax = 20;

type Tally = { signingDomain: string; selector: string; passed: number; failed: number; sources: Map<string, number> };

/** Signatures of one message, or of several that came to the same, from one address. */
export type Sight = {
  signingDomain: string;
  /** Empty: it is left out. */
  selector: string;
  verified: boolean;
  messages: number;
  source: string | undefined;
};

/** Adds up which selectors a report shows in use, in memory that has a limit. */
export class UseTally {
  readonly #seen = new Map<string, Tally>();

  /** A row names a selector once, however many of its signatures do; one that verified counts. */
  addRow({ messages, sourceIp: source, dkimResults }: ReportRow): void {
    const sights = new Map<string, Sight>();
    for (const { domain, selector: written = "", result } of dkimResults) {
      if (domain === undefined || result === undefined || result === "none") continue;
      const selector = written.toLowerCase();
      const key = `${selector} ${domain}`;
      const verified = result === "pass" || sights.get(key)?.verified === true;
      sights.set(key, { signingDomain: domain, selector, verified, messages, source });
    }
    for (const sight of sights.values()) this.add(sight);
  }

  add({ signingDomain, selector, verified, messages, source }: Sight): void {
    const key = `${selector} ${signingDomain}`;
    let tally = this.#seen.get(key);
    if (tally === undefined) {
      if (this.#seen.size >= selectorsMax) return;
      tally = { signingDomain, selector, passed: 0, failed: 0, sources: new Map() };
      this.#seen.set(key, tally);
    }
    if (!verified) {
      tally.failed += messages;
      return;
    }
    tally.passed += messages;
    const before = source === undefined ? undefined : tally.sources.get(source);
    if (source !== undefined && (before !== undefined || tally.sources.size < sourcesCountedMax))
      tally.sources.set(source, messages + (before ?? 0));
  }

  uses(): SelectorUse[] {
    return [...this.#seen.values()].map(({ sources, ...tally }) => ({
      ...tally,
      sources: [...sources]
        .map(([address, messages]) => ({ address, messages }))
        .sort((one, other) => other.messages - one.messages)
        .slice(0, sourcesKeptMax),
    }));
  }
}
