import type { WatchEvent } from "./event.ts";
import type { TrackedSelector } from "./history.ts";
import { isKnownChain, isThere, type Look } from "./look.ts";

/** A selector is gone when so many looks in a row were told so. */
const absentLooksNeeded = 2;
/** More are not kept of one domain; those that were there first are. */
const selectorsMax = 500;

type SelectorLook = Look["selectors"][number];

/**
 * Adds what a look saw to the inventory. The first look of all takes stock and tells nothing; one that is not apart from
 * the look before confirms nothing. A selector that was only
 * looked for and is not there is kept where the owner named it.
 */
export function foldSelectors(
  before: readonly TrackedSelector[],
  look: Look,
  at: number,
  { isFirst, isApart }: { isFirst: boolean; isApart: boolean },
): { selectors: TrackedSelector[]; events: WatchEvent[] } {
  const bySelector = new Map(before.map((one) => [one.selector, one]));
  const events: WatchEvent[] = [];
  for (const seen of look.selectors) {
    if (!isKnownChain(seen.chain)) continue;
    const known = bySelector.get(seen.selector);
    const there = isThere(seen.chain);
    if (known === undefined) {
      if ((!there && !seen.sources.includes("given")) || bySelector.size >= selectorsMax) continue;
      bySelector.set(seen.selector, there ? begun(seen, at) : missing(seen, at));
      if (there && !isFirst) events.push(appeared(seen, "not looked for"));
    } else if (there) {
      bySelector.set(seen.selector, stillThere(known, seen, at));
      if (known.state === "absent") events.push(appeared(seen, "absent"));
    } else {
      const next = notThere(known, seen, at, isApart);
      bySelector.set(seen.selector, next);
      if (known.state === "present" && next.state === "absent")
        events.push({ kind: "selector-gone", subject: seen.keyName });
    }
  }
  return { selectors: [...bySelector.values()], events };
}

const appeared = ({ keyName }: SelectorLook, before: "absent" | "not looked for"): WatchEvent => ({
  kind: "selector-appeared",
  subject: keyName,
  before,
});

const keyOf = ({ chain, key, providers }: SelectorLook) => ({
  publishedAs: chain.aliases.length > 0 ? ("alias" as const) : ("text" as const),
  provider: providers?.[0]?.id ?? null,
  keyType: key?.type ?? null,
  bits: key?.bits ?? null,
  fingerprint: key?.fingerprint ?? null,
});

const begun = (seen: SelectorLook, at: number): TrackedSelector => ({
  selector: seen.selector,
  keyName: seen.keyName,
  sources: remembered(seen.sources),
  state: "present",
  since: at,
  firstSeenAt: at,
  lastSeenAt: at,
  lookedAt: at,
  absentLooks: 0,
  ...keyOf(seen),
});

const missing = (seen: SelectorLook, at: number): TrackedSelector => ({
  ...begun(seen, at),
  state: "absent",
  firstSeenAt: null,
  lastSeenAt: null,
  absentLooks: 1,
  publishedAs: null,
});

function stillThere(known: TrackedSelector, seen: SelectorLook, at: number): TrackedSelector {
  return {
    ...known,
    sources: joined(known, seen),
    since: known.state === "present" ? known.since : at,
    state: "present",
    firstSeenAt: known.firstSeenAt ?? at,
    lastSeenAt: at,
    lookedAt: at,
    absentLooks: 0,
    ...keyOf(seen),
  };
}

/** What is known of its key stays: it says whose the selector was. */
function notThere(known: TrackedSelector, seen: SelectorLook, at: number, isApart: boolean): TrackedSelector {
  const absentLooks = known.absentLooks === 0 || isApart ? known.absentLooks + 1 : known.absentLooks;
  const isGone = known.state === "present" && absentLooks >= absentLooksNeeded;
  return {
    ...known,
    sources: joined(known, seen),
    state: isGone ? "absent" : known.state,
    since: isGone ? at : known.since,
    lookedAt: at,
    absentLooks,
  };
}

/** That it was known before is no source of its own. */
const remembered = (sources: SelectorLook["sources"]): SelectorLook["sources"] =>
  sources.filter((source) => source !== "history");
const joined = (known: TrackedSelector, seen: SelectorLook): SelectorLook["sources"] => [
  ...new Set([...known.sources, ...remembered(seen.sources)]),
];
