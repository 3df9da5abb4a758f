import type { SeenSelector } from "../../model/audit/evidence/seen-selector.ts";

/** Signatures that name one selector, over a span of time. Times in epoch seconds; undefined where nothing says. */
type Sight = {
  from: number | undefined;
  to: number | undefined;
  messages: number;
  passed: number;
  authenticated: number;
};

/** So many selectors no domain has; whoever invents more of them is not served. */
const selectorsMax = 2000;

/** Counts which selectors signatures name. */
export class SelectorTally {
  readonly #seen = new Map<string, SeenSelector>();

  add(signingDomain: string, selector: string, { from, to, messages, passed, authenticated }: Sight): void {
    const key = `${selector} ${signingDomain}`;
    const before = this.#seen.get(key);
    if (before === undefined && this.#seen.size >= selectorsMax) return;
    this.#seen.set(key, {
      signingDomain,
      selector,
      firstSeen: extreme(Math.min, before?.firstSeen, from),
      lastSeen: extreme(Math.max, before?.lastSeen, to),
      messages: (before?.messages ?? 0) + messages,
      passed: (before?.passed ?? 0) + passed,
      authenticated: (before?.authenticated ?? 0) + authenticated,
    });
  }

  /** The most frequent first. */
  seen(): SeenSelector[] {
    return [...this.#seen.values()].sort((one, other) => other.messages - one.messages);
  }
}

function extreme(
  choose: (one: number, other: number) => number,
  one: number | undefined,
  other: number | undefined,
): number | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return choose(one, other);
}
