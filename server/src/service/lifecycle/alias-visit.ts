import { nameData, TYPE } from "chancery/dns";
import { appendAliasFact } from "../../engine/database/alias-facts.ts";
import { fenced, renewLease } from "../../engine/database/lease.ts";
import { putRecordState } from "../../engine/database/record-states.ts";
import { putRecords, removeRecordsBySource } from "../../engine/database/records.ts";
import type { Transaction } from "../../engine/database/schema.ts";
import { transact } from "../../engine/database/transact.ts";
import { findZoneByOrigin } from "../../engine/database/zones.ts";
import type { AliasFinding } from "../../model/alias/alias-fact.ts";
import { type AliasStep, nextAliasStep } from "../../model/alias/alias-move.ts";
import type { AliasState } from "../../model/alias/alias-state.ts";
import { targetSight } from "../../model/alias/target-sight.ts";
import type { Turn } from "./carry-out.ts";
import { type LoadedAlias, loadAliases } from "./load-aliases.ts";
import { lookAtTarget } from "./look-at-target.ts";
import { openNames } from "./open-names.ts";
import type { RoundBook } from "./rounds.ts";
import { openServiceZone, renewSoa, type ZoneContext } from "./zone-rows.ts";

/** So many steps for one alias in one visit; looks are spaced, so that more are never due. */
const stepsMax = 10;

/** What came of it: what was done, in order, and the trusted clock's reading at which something is due again. */
export type AliasVisit = { outcome: "lost" | "at-rest"; steps: string[]; untilTrustedMs: number | undefined };

/** Looks after every alias of a claim that leads on to an upstream: decide, do one step, record it, ask again. */
export async function visitAliases(turn: Turn, book: RoundBook, leaseSeconds: number): Promise<AliasVisit> {
  const steps: string[] = [];
  const ends: number[] = [];
  for (const { selector } of await loadAliases(turn.deps.db, turn.domain, turn.dns)) {
    for (let count = 0; count < stepsMax; count++) {
      const now = { ...turn, nowMs: turn.deps.nowMs(), trustedMs: await turn.deps.trustedTime.readMs() };
      const alias = (await loadAliases(turn.deps.db, turn.domain, turn.dns)).find((one) => one.selector === selector)!;
      const step = nextAliasStep(stateOf(now, alias, book), turn.policy);
      if (step.do === "wait") {
        if (step.untilTrustedMs !== undefined) ends.push(step.untilTrustedMs);
        break;
      }
      if (!(await renewLease(turn.deps.db, turn.domain.row.id, turn.rev, leaseSeconds, Math.floor(now.nowMs / 1000))))
        return { outcome: "lost", steps, untilTrustedMs: undefined };
      if (step.do === "observe") await look(now, step.name, book);
      else await carryOut(now, alias, step);
      steps.push(
        `${step.do === "record" ? step.finding.kind : step.do} ${step.do === "observe" ? step.name : selector}`,
      );
      if (step.do === "move" || step.do === "remove") {
        ends.push(now.trustedMs + 2000); // the name server takes it over within a second
        break;
      }
    }
  }
  return { outcome: "at-rest", steps, untilTrustedMs: ends.length === 0 ? undefined : Math.min(...ends) };
}

const roundsOf = (turn: Turn, name: string): string => `${turn.domain.row.id} ${name}`;

function stateOf(turn: Turn, { keyName, aliasName, facts }: LoadedAlias, book: RoundBook): AliasState {
  const names = new Set([aliasName]);
  for (const fact of facts) if (fact.kind === "asked" || fact.kind === "served") names.add(fact.evidence.to);
  const { trustedMs, nowMs: wallMs } = turn;
  const sights = new Map(
    [...names].map((name) => {
      const id = roundsOf(turn, name);
      return [name, (book.roundsOf([id], trustedMs).get(id) ?? []).map(targetSight)];
    }),
  );
  const { row } = turn.domain;
  const released = row.releasedAt !== null;
  return { keyName, aliasName, ownZone: turn.dns.zone, domain: row.name, facts, released, sights, trustedMs, wallMs };
}

const stateWords = { sound: "present", "without-key": "absent", unsound: "wrong", unknown: "unknown" } as const;

/** Looks at a name, and leaves for others to read what was seen there. */
async function look({ deps, domain, policy, ...turn }: Turn, name: string, book: RoundBook): Promise<void> {
  const round = await lookAtTarget(deps, name);
  book.add(roundsOf({ deps, domain, policy, ...turn }, name), round, policy.confirmRounds + 1);
  const { verdict, names, key, reasons, problems, wallMs } = targetSight(round);
  const open = verdict === "sound" ? [] : await openNames(deps, names);
  const found = { names, reasons, open, ...(key && { key }), ...(problems && { problems }) };
  const seen = { name, type: "UPSTREAM", state: stateWords[verdict], found, checkedAt: Math.floor(wallMs / 1000) };
  await transact(deps.db, (trx) => putRecordState(trx, { domainId: domain.row.id, ...seen }));
}

type DurableStep = Exclude<AliasStep, { do: "wait" | "observe" }>;

/** Does one step, as one transaction under the claim. */
async function carryOut(turn: Turn, alias: LoadedAlias, step: DurableStep): Promise<void> {
  const { deps, domain, rev } = turn;
  deps.crashPoint?.(`before-alias-${step.do}`);
  await transact(deps.db, async (trx) => {
    await fenced(trx, domain.row.id, rev);
    const { kind, evidence } = step.do === "record" ? step.finding : await changeZone(trx, turn, alias, step);
    const { selector } = alias;
    const at = Math.floor(turn.nowMs / 1000);
    await appendAliasFact(trx, { domainId: domain.row.id, selector, kind, evidence, at, trustedMs: turn.trustedMs });
  });
  deps.crashPoint?.(`after-alias-${step.do}`);
}

/** The alias in our zone is replaced, or removed, in one change of the zone. */
async function changeZone(
  trx: Transaction,
  { domain, dns, policy, nowMs }: Turn,
  { selector, aliasName }: LoadedAlias,
  step: Exclude<DurableStep, { do: "record" }>,
): Promise<AliasFinding> {
  const context: ZoneContext = { dns, policy, now: Math.floor(nowMs / 1000) };
  const zone = (await findZoneByOrigin(trx, dns.zone)) ?? (await openServiceZone(trx, context));
  const source = `alias:${domain.row.id}:${selector}`;
  await removeRecordsBySource(trx, zone.id, source);
  const ttl = policy.recordTtlSeconds;
  if (step.do === "move")
    await putRecords(trx, zone.id, [{ name: aliasName, type: TYPE.CNAME, ttl, data: nameData(step.to), source }]);
  const hosts = dns.nameservers.map(({ name }) => name);
  const changed = { zone: zone.origin, serial: await renewSoa(trx, zone, hosts, context) };
  return step.do === "remove"
    ? { kind: "removed", evidence: changed }
    : { kind: "served", evidence: { to: step.to, from: step.from ?? null, ...changed, ttlSeconds: ttl } };
}
