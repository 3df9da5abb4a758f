import { day, type Seconds, utcText } from "../seconds.ts";

/** `failure`: of one message (RFC 6591). `mail`: a message as somebody received it. */
export type ReportKind = "aggregate" | "failure" | "mail";

export type SourceUse = { address: string; messages: number };

/** What one report saw of one selector. `takenAt`: when it came to us. */
export type ReportedUse = {
  organization: string;
  endAt: Seconds | null;
  takenAt: Seconds;
  /** Messages whose signature verified; and others that name the selector, which anybody can write. */
  passed: number;
  failed: number;
  sources: readonly SourceUse[];
};

/** The reports about a domain's mail that reach into a span of time. */
export type Coverage = { from: Seconds; until: Seconds; reports: number; organizations: string[] };

/**
 * What reports and mail show of a key's use, whoever signs with it. `seen`: mail verified with it, `recentMessages` of it in the last 14 days.
 * `not-seen`: reports cover these days, and none shows it. `unknown`: nothing covers them, or what does leaves selectors out; that is not "unused".
 */
export type UseElsewhere = {
  state: "seen" | "not-seen" | "unknown";
  /** When the last report that shows it ends: not later, maybe up to a day before. Null: none does. */
  lastAt: Seconds | null;
  messages: number;
  recentMessages: number;
  /** Messages that name the selector and did not verify. */
  failed: number;
  /** Who saw it, the latest first. */
  by: { organization: string; lastAt: Seconds; messages: number }[];
  /** Where it was sent from, the most frequent first. */
  sources: SourceUse[];
  /** Of the last 14 days. Null: no report. */
  coverage: Coverage | null;
};

/** So far back whoever takes a key away wants to know; the largest reporters send once a day. */
export const recentUseSeconds: Seconds = 14 * day;

const shownMax = 10;

/** @param unnamed messages of those days that verified under a selector which their reports leave out */
export function useElsewhere(
  uses: readonly ReportedUse[],
  { coverage, unnamed }: { coverage: Coverage | null; unnamed: number },
  now: Seconds,
): UseElsewhere {
  const verified = uses.filter(({ passed }) => passed > 0).map((use) => ({ ...use, at: latestAt(use) }));
  const recent = verified.filter(({ at }) => at >= now - recentUseSeconds);
  const by = new Map<string, UseElsewhere["by"][number]>();
  const sources = new Map<string, number>();
  for (const { organization, at, passed, sources: from } of verified) {
    const before = by.get(organization);
    by.set(organization, {
      organization,
      lastAt: Math.max(at, before?.lastAt ?? 0),
      messages: passed + (before?.messages ?? 0),
    });
    for (const { address, messages } of from) sources.set(address, messages + (sources.get(address) ?? 0));
  }
  return {
    state: verified.length > 0 ? "seen" : coverage === null || unnamed > 0 ? "unknown" : "not-seen",
    lastAt: verified.length === 0 ? null : Math.max(...verified.map(({ at }) => at)),
    messages: sum(verified.map(({ passed }) => passed)),
    recentMessages: sum(recent.map(({ passed }) => passed)),
    failed: sum(uses.map(({ failed }) => failed)),
    by: [...by.values()].sort((one, other) => other.lastAt - one.lastAt).slice(0, shownMax),
    sources: [...sources]
      .map(([address, messages]) => ({ address, messages }))
      .sort((one, other) => other.messages - one.messages)
      .slice(0, shownMax),
    coverage,
  };
}

/** A report cannot tell of mail that comes after it, whatever it says. */
const latestAt = ({ endAt, takenAt }: ReportedUse): Seconds => Math.min(endAt ?? takenAt, takenAt);

const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);

/** For people, in one line. */
export function useElsewhereText(use: UseElsewhere): string {
  const { state, lastAt, messages, recentMessages, by, sources, coverage } = use;
  if (state === "seen" && lastAt !== null) {
    const whence = sources.length === 0 ? "" : `, from ${sources.map(({ address }) => address).join(", ")}`;
    const who = by.map(({ organization }) => organization).join(", ");
    const since = coverage === null ? "; no report covers the last 14 days" : "";
    return `${utcText(lastAt)}, told by ${who}${whence}: ${messages} messages verified, ${recentMessages} of them in the last 14 days${since}`;
  }
  if (state === "not-seen" && coverage !== null)
    return `none seen: ${coverage.reports === 1 ? "1 report" : `${coverage.reports} reports`} of ${coverage.organizations.join(", ")} cover${coverage.reports === 1 ? "s" : ""} ${utcText(coverage.from)} to ${utcText(coverage.until)}`;
  return coverage === null
    ? 'unknown, which is not "unused": no report covers the last 14 days ("chancery report ingest FILE" takes them)'
    : 'unknown, which is not "unused": reports of the last 14 days leave selectors out';
}
