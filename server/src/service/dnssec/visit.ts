import { readDs } from "chancery/dns";
import type { ParentServerDs, ZoneKeysObserved } from "../../engine/resolver/dnssec/observe-zone-keys.ts";
import { updateZoneSigning } from "../../engine/database/zone-keys.ts";
import { dsText } from "../../model/dnssec/ds-text.ts";
import { type KeyFinding, nextZoneKeyStep } from "../../model/dnssec/next-step.ts";
import type { ZoneKeyWait } from "../../model/dnssec/zone-key-guard.ts";
import type { ParentSeen, ZoneLook } from "../../model/dnssec/zone-look.ts";
import { isDestroyed } from "../../model/dnssec/presence.ts";
import { zoneAlarms } from "../../model/dnssec/zone-alarm.ts";
import { carryOut, keepApex, type DurableStep, type Turn } from "./carry-out.ts";
import type { DnssecDeps } from "./deps.ts";
import { loadZone } from "./load-zone.ts";
import { ownExpiresAt } from "./sign-zone.ts";

/** So many turns in one visit, also those that come to nothing; a zone that wants more is due again at once. */
const turnsMax = 50;
/** A zone at rest is visited this often, whatever it waits for: settings and clocks change. */
const restSecondsMax = 300;
/** Name servers take a change over within a second: a look before that finds what was there before. */
const servedWithinSeconds = 2;
/** Of so many zones the latest look is kept. */
const looksMax = 20_000;

/** What was seen last of each zone, in the memory of this controller alone. Losing it delays a roll and never advances it. */
export type LookBook = Map<string, ZoneLook>;

/** What came of a visit. `steps`: what was done, in order, for the log. */
export type ZoneVisit =
  | { origin: string; steps: readonly string[]; waits: readonly ZoneKeyWait[]; alarms: readonly string[] }
  | undefined;

/** What people are shown of a zone's keys beside the facts. */
export type ZoneSight = { look?: ZoneLook; waits: readonly ZoneKeyWait[]; trustedMs: number; at: number };

/**
 * One visit to a signed zone: load, decide, do one step, record what it did, ask again, until there is nothing to do but wait. Any number of
 * controllers may visit: what was decided on an older state is not written.
 */
export async function visitZone(deps: DnssecDeps, book: LookBook, zoneId: string): Promise<ZoneVisit> {
  const { policy, dnskeyTtl } = await deps.settings();
  const steps: string[] = [];
  for (let turns = 0; ; turns++) {
    const loaded = await loadZone(deps.db, zoneId, dnskeyTtl);
    if (loaded === undefined) return undefined;
    const { origin } = loaded.zone;
    const turn: Turn = { deps, loaded, nowMs: deps.nowMs(), trustedMs: await deps.trustedTime.readMs(), dnskeyTtl };
    if (turns < turnsMax && (await keepApex(turn))) {
      book.delete(zoneId);
      steps.push("records of keys put back");
      continue;
    }
    const look = book.get(zoneId);
    const step = nextZoneKeyStep({ ...loaded.state, look, trustedMs: turn.trustedMs }, policy);
    if (step.do === "wait" || turns >= turnsMax) {
      const waits = step.do === "wait" ? step.waits : [];
      const untilMs = step.do === "wait" ? step.untilTrustedMs : turn.trustedMs;
      await rest(turn, untilMs, { waits, ...(look && { look }) });
      const keys = loaded.state.keys.filter((key) => !isDestroyed(key));
      const alarms = zoneAlarms({ look, keys, ownExpiresAt: ownExpiresAt(loaded.signing) }, deps.signingNow());
      return { origin, steps, waits, alarms };
    }
    if (step.do === "look") {
      const seen = await deps.observe(origin);
      keep(book, zoneId, lookOf(seen, await deps.trustedTime.readMs()));
      steps.push("look");
      continue;
    }
    const { done, changed } = await carryOut(turn, step);
    if (done) steps.push(named(step));
    if (changed) {
      book.delete(zoneId); // what was seen is of a version that is no more
      await updateZoneSigning(deps.db, zoneId, { dueAt: Math.ceil(turn.nowMs / 1000) + servedWithinSeconds });
      return { origin, steps, waits: [], alarms: [] };
    }
  }
}

async function rest(
  { deps, loaded, nowMs, trustedMs }: Turn,
  untilTrustedMs: number | undefined,
  sight: Pick<ZoneSight, "look" | "waits">,
): Promise<void> {
  const restMs = restSecondsMax * 1000;
  const leftMs = untilTrustedMs === undefined ? restMs : Math.min(restMs, Math.max(0, untilTrustedMs - trustedMs));
  await updateZoneSigning(deps.db, loaded.zone.id, {
    dueAt: Math.ceil((nowMs + leftMs) / 1000),
    sight: { ...sight, trustedMs, at: Math.floor(nowMs / 1000) } satisfies ZoneSight,
  });
}

function keep(book: LookBook, zoneId: string, look: ZoneLook): void {
  book.delete(zoneId); // a map keeps the order of insertion: what was looked at last stands last
  book.set(zoneId, look);
  const [oldest] = book.keys();
  if (book.size > looksMax && oldest !== undefined) book.delete(oldest);
}

const lookOf = ({ servers, parents, gaps }: ZoneKeysObserved, trustedMs: number): ZoneLook => ({
  trustedMs,
  servers,
  parents: parents.map(parentSeen),
  gaps,
});

function parentSeen(seen: ParentServerDs): ParentSeen {
  if (seen.state === "unknown") return seen;
  const ds = seen.ds.flatMap(({ data }) => {
    const read = readDs(data);
    return read.ok ? [dsText(read.value)] : [];
  });
  return { ...seen, ds };
}

/** A step for the log: what was done, to which key. */
function named(step: DurableStep): string {
  switch (step.do) {
    case "generate":
      return `generate ${step.role}`;
    case "destroy":
      return `destroy ${step.key.keyTag}`;
    case "record":
      return step.findings.map(findingText).join(", ");
  }
}

const findingText = ({ key, finding }: KeyFinding): string =>
  "trace" in finding.evidence
    ? `${finding.evidence.trace} of ${key.role} ${key.keyTag} ${finding.kind}`
    : `${key.role} ${key.keyTag} ${finding.kind}`;
