import { setImmediate as nextTurn } from "node:timers/promises";
import { labelsOf } from "chancery/dns";
import type { Database } from "../../engine/database/schema.ts";
import type { TimingPolicy } from "../../model/rotation/timing-policy.ts";
import type { ZoneProblem } from "../../model/zone/rule.ts";
import { rrsetsOf } from "../../model/zone/rrset.ts";
import { problemsAt } from "../../model/zone/rules.ts";
import { lookupOf } from "../../model/zone/zone-lookup.ts";
import { type Editor, zoneToRead } from "./editor.ts";
import { recordsOfZone } from "./served/follow.ts";

const problemsMax = 1000;
/** Looking into a key takes about a millisecond: beyond this many a zone is only looked at in part. */
const keyNamesMax = 5000;
const namesAtOnce = 20;

/** `note` says what was left out. */
export type LintedZone = { origin: string; serial: number; problems: ZoneProblem[]; note: string | null };

/** What every rule says about a zone as it is served: errors first, then by name. */
export async function lintZone(
  db: Database,
  editor: Editor,
  written: string,
  { policy }: { policy: TimingPolicy },
): Promise<LintedZone> {
  const { id, origin, serial, ...rest } = await zoneToRead(db, editor, written);
  const sets = rrsetsOf(await recordsOfZone(db, { id, origin, serial, ...rest }));
  const zone = lookupOf(origin, sets);
  const names = [...new Set([origin, ...sets.map(({ name }) => name)])];
  const keyNames = names.filter((name) => labelsOf(name).includes("_domainkey"));
  const left = new Set(keyNames.slice(keyNamesMax));
  const asked = names.filter((name) => !left.has(name));
  const problems: ZoneProblem[] = [];
  for (let from = 0; from < asked.length && problems.length < problemsMax; from += namesAtOnce) {
    const context = { editor: editor.kind, wildcardKeys: "refused", policy } as const;
    problems.push(...problemsAt(asked.slice(from, from + namesAtOnce), zone, context));
    await nextTurn(); // others are served meanwhile
  }
  const notes = [
    ...(left.size > 0 ? [`only the first ${keyNamesMax} of ${keyNames.length} key names were looked into`] : []),
    ...(problems.length >= problemsMax ? [`only the first ${problemsMax} problems are told`] : []),
  ];
  const rank = { error: 0, warning: 1 };
  const sorted = problems.slice(0, problemsMax).sort((a, b) => rank[a.severity] - rank[b.severity]);
  return { origin, serial, problems: sorted, note: notes.length === 0 ? null : notes.join("; ") };
}
