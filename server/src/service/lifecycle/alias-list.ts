import { listRecordStates } from "../../engine/database/record-states.ts";
import type { RecordStateRow } from "../../engine/database/schema.ts";
import { nextAliasStep } from "../../model/alias/alias-move.ts";
import {
  aliasPhase,
  type AliasPhase,
  currentTarget,
  previousTarget,
  wantedTarget,
} from "../../model/alias/alias-state.ts";
import type { TargetSight } from "../../model/alias/target-sight.ts";
import type { UseElsewhere } from "../../model/key/use-elsewhere.ts";
import type { Seconds } from "../../model/seconds.ts";
import { usesElsewhere } from "./last-use.ts";
import { type Onlooker, lookInto } from "./key-list.ts";
import { type LoadedAlias, loadAliases } from "./load-aliases.ts";

/** What was last seen at a target, by what the controller left for others to read. */
export type TargetListing = {
  name: string;
  state: RecordStateRow["state"];
  names: readonly string[];
  reasons: readonly string[];
  key: TargetSight["key"] | undefined;
  checkedAt: Seconds;
};

export type AliasListing = {
  selector: string;
  keyName: string;
  aliasName: string;
  phase: AliasPhase;
  since: Seconds;
  target: string | undefined;
  wanted: string | undefined;
  previous: string | undefined;
  waits: { for: string; reason: string; until?: Seconds }[];
  /** Of the target (of the wanted one, where nothing is served yet), of the wanted one and of the one before. */
  seen: TargetListing[];
  /** Who was seen to sign under the selector: the upstream does, never we. */
  use: UseElsewhere;
};

/** The aliases of a claim that lead on to upstreams, each with what it waits for. None for a method that has none. */
export async function listAliases(deps: Onlooker, tenantId: string, domainId: string): Promise<AliasListing[]> {
  const { dns } = await deps.settings();
  const { domain, state, policy } = await lookInto(deps, tenantId, domainId);
  if (dns === undefined) return [];
  const states = (await listRecordStates(deps.db, tenantId, domainId)).filter(({ type }) => type === "UPSTREAM");
  const seen = states.map(targetListing);
  // An onlooker has no rounds of its own: what the controller saw last stands for them, so that the other guards show.
  const sights = new Map(seen.map((one) => [one.name, [sightOf(one, state)]]));
  const easy = { ...policy, confirmRounds: 1, confirmGapSeconds: 0 };
  const uses = new Map<string, UseElsewhere>();
  const aliases = await loadAliases(deps.db, domain, dns);
  const now = Math.floor(state.wallMs / 1000);
  for (const alias of aliases) uses.set(alias.selector, await usesElsewhere(deps.db, tenantId, alias, now));
  return aliases.map((alias) => {
    const { selector, keyName, aliasName, facts } = alias;
    const target = currentTarget(facts);
    const wanted = wantedTarget(facts);
    const previous = previousTarget(facts);
    const { trustedMs, wallMs, released } = state;
    const own = { keyName, aliasName, ownZone: dns.zone, domain: domain.row.name, facts };
    const step = nextAliasStep({ ...own, released, sights, trustedMs, wallMs }, easy);
    const waits =
      step.do === "wait"
        ? step.waits.map(({ for: what, reason, untilTrustedMs: end }) => ({
            for: what,
            reason,
            ...(end !== undefined && { until: Math.ceil((wallMs + Math.max(0, end - trustedMs)) / 1000) }),
          }))
        : [{ for: "sight", reason: "every authoritative address is looked at, round after round" }];
    const names = [target, wanted, previous];
    return {
      selector,
      keyName,
      aliasName,
      target,
      wanted,
      previous,
      waits,
      phase: aliasPhase(facts),
      since: sinceOf(alias, domain.row.createdAt),
      seen: seen.filter(({ name }) => names.includes(name)),
      use: uses.get(selector)!,
    };
  });
}

const sinceOf = ({ facts }: LoadedAlias, createdAt: Seconds): Seconds => facts.at(-1)?.at ?? createdAt;

/** What the last look at a target left in the database. */
export function targetListing({ name, state, found, checkedAt }: RecordStateRow): TargetListing {
  const { names = [name], reasons = [], key } = found as Partial<Pick<TargetListing, "names" | "reasons" | "key">>;
  return { name, state, names, reasons, key, checkedAt };
}

const verdicts = { present: "sound", absent: "without-key", wrong: "unsound", unknown: "unknown" } as const;

const sightOf = (
  { state, names, reasons, key }: TargetListing,
  { trustedMs, wallMs }: { trustedMs: number; wallMs: number },
): TargetSight => ({ trustedMs, wallMs, verdict: verdicts[state], names, steps: [], reasons, ...(key && { key }) });
