import type { ReportedFinding } from "../audit/audit.ts";
import { severities } from "../finding.ts";
import type { WatchEvent } from "./event.ts";
import type { TrackedFinding } from "./history.ts";
import { isKnownChain, type Look } from "./look.ts";
import { isProvenAtOnce } from "./shown-at-once.ts";

/** A finding is closed when so many looks in a row did not find it. */
const cleanLooksNeeded = 2;
/** More are not kept of one domain. */
const findingsMax = 500;

/**
 * Adds what a look found. A finding opens at the second look in a row that sees it, or at the first where one look proves
 * it; it closes at the second in a row that could have seen it and did not. A look that could not tell counts as neither, and one
 * that is not apart from the look before (`isApart`) as no second.
 */
export function foldFindings(
  before: readonly TrackedFinding[],
  look: Look,
  at: number,
  isApart: boolean,
): { findings: TrackedFinding[]; events: WatchEvent[] } {
  const seen = new Map<string, ReportedFinding>();
  // The worst of one code at one name stands for all: they are told in that order.
  for (const finding of look.findings)
    if (finding.code !== "Undetermined" && !seen.has(identityOf(finding))) seen.set(identityOf(finding), finding);
  const couldSee = couldSeeIn(look);
  const findings: TrackedFinding[] = [];
  const events: WatchEvent[] = [];
  const keep = (next: TrackedFinding | undefined, known?: TrackedFinding): void => {
    if (next === undefined) return;
    findings.push(next);
    const wasOpen = known?.state === "open";
    if ((next.state === "open") !== wasOpen) events.push(told(wasOpen ? "finding-closed" : "finding-opened", next));
  };
  for (const known of before) {
    const again = seen.get(identityOf(known));
    seen.delete(identityOf(known));
    if (again !== undefined) keep(seenAgain(known, again, at, isApart), known);
    else keep(couldSee(known) ? notSeen(known, at, isApart) : known, known);
  }
  for (const finding of seen.values()) if (findings.length < findingsMax) keep(seenFirst(finding, at));
  return { findings, events };
}

const identityOf = ({ code, subject }: { code: string; subject: string }): string => `${code} ${subject}`;

const told = (kind: "finding-opened" | "finding-closed", finding: TrackedFinding): WatchEvent => {
  const { subject, code, severity } = finding;
  return { kind, subject, code, severity, summary: finding.told.summary };
};

const wordsOf = ({ severity, check, summary, evidence, remedy, symptoms, commands }: ReportedFinding) => ({
  severity,
  check,
  told: { summary, evidence, remedy, symptoms, commands },
});

function seenFirst(finding: ReportedFinding, at: number): TrackedFinding {
  const { code, subject } = finding;
  const suspected: TrackedFinding = {
    code,
    subject,
    ...wordsOf(finding),
    state: "suspected",
    firstSeenAt: at,
    lastSeenAt: at,
    openedAt: null,
    closedAt: null,
    openings: 0,
    cleanLooks: 0,
  };
  return isProvenAtOnce(code) ? opened(suspected, at) : suspected;
}

function seenAgain(known: TrackedFinding, finding: ReportedFinding, at: number, isApart: boolean): TrackedFinding {
  const next = { ...known, ...wordsOf(finding), lastSeenAt: at, cleanLooks: 0 };
  switch (known.state) {
    case "open":
      return next;
    case "suspected":
      return isApart ? opened(next, at) : next;
    case "closed":
      return isProvenAtOnce(finding.code) ? opened(next, at) : { ...next, state: "suspected" };
  }
}

const opened = (finding: TrackedFinding, at: number): TrackedFinding => ({
  ...finding,
  state: "open",
  openedAt: at,
  openings: finding.openings + 1,
});

/** A suspicion that the next look does not confirm is dropped, or goes back to where it came from. */
function notSeen(known: TrackedFinding, at: number, isApart: boolean): TrackedFinding | undefined {
  switch (known.state) {
    case "suspected":
      return known.openings === 0 ? undefined : { ...known, state: "closed", cleanLooks: cleanLooksNeeded };
    case "open": {
      const cleanLooks = known.cleanLooks === 0 || isApart ? known.cleanLooks + 1 : known.cleanLooks;
      return cleanLooks < cleanLooksNeeded
        ? { ...known, cleanLooks }
        : { ...known, state: "closed", cleanLooks, closedAt: at };
    }
    case "closed":
      return known;
  }
}

/**
 * Whether this look would have seen the finding, were it still there. Not where its name is on a chain that could not be
 * followed to its end; nor where its check says that it could not tell, unless the name is on a chain that was followed.
 * A check that does not exist any more claims nothing.
 */
function couldSeeIn(look: Look): (finding: TrackedFinding) => boolean {
  const dark = new Set(look.findings.filter(({ code }) => code === "Undetermined").map(({ subject }) => subject));
  const lit = new Set<string>();
  for (const { keyName, chain } of look.selectors) {
    const names = [keyName, chain.finalName, ...chain.aliases.flatMap(({ name, target }) => [name, target])];
    for (const name of names) (isKnownChain(chain) ? lit : dark).add(name);
  }
  const undetermined = new Set(look.findings.filter(({ code }) => code === "Undetermined").map(({ check }) => check));
  const states = new Map(look.checks.map(({ name, state }) => [name, state]));
  return ({ subject, check }) => {
    if (dark.has(subject)) return false;
    switch (states.get(check)) {
      case "undetermined":
        return lit.has(subject);
      case "needs evidence":
        return false;
      case "failed":
        return !undetermined.has(check) || lit.has(subject);
      case "passed":
      case "does not apply":
      case undefined:
        return true;
    }
  };
}

/** Worst first, as lists show them. */
export const severityRank = (severity: TrackedFinding["severity"]): number => severities.indexOf(severity);
