import { appendAliasFact } from "../../engine/database/alias-facts.ts";
import { appendAuditLog } from "../../engine/database/audit-log.ts";
import { wakeDomain } from "../../engine/database/lease.ts";
import { transact } from "../../engine/database/transact.ts";
import type { AliasFinding } from "../../model/alias/alias-fact.ts";
import { wayFault } from "../../model/alias/alias-guard.ts";
import { currentTarget, previousTarget, wantedTarget } from "../../model/alias/alias-state.ts";
import { targetSight } from "../../model/alias/target-sight.ts";
import { targetNameOf } from "../../model/alias/upstream-target.ts";
import { useElsewhereText } from "../../model/key/use-elsewhere.ts";
import type { Seconds } from "../../model/seconds.ts";
import { drainWaitSeconds } from "../../model/rotation/timing-policy.ts";
import { Refusal } from "../refusal.ts";
import { type AliasListing, listAliases } from "./alias-list.ts";
import type { LifecycleDeps } from "./deps.ts";
import { lookInto } from "./key-list.ts";
import { usesElsewhere } from "./last-use.ts";
import { isLive } from "./load-domain.ts";
import { type LoadedAlias, loadAliases } from "./load-aliases.ts";
import { lookAtTarget } from "./look-at-target.ts";

/** What is asked of an alias: where it is to lead, that a move is not wanted any more, that the upstream it leads to has stopped. */
export type AliasRequest = {
  move?: { to: string } | "back" | "cancel";
  /** Since when nothing is signed any more with the key behind the present target. */
  oldStoppedAt?: Seconds;
  /** That it stopped is meant, although mail was seen since then. */
  yes?: boolean;
};

export type AliasRequestDeps = Pick<LifecycleDeps, "db" | "settings" | "nowMs" | "trustedTime" | "observe">;

/**
 * Records what is asked of an alias; the controller moves it when that breaks no mail. Refuses at once what never can be
 * done: a target that is none, that comes back to us or the customer, or that plainly leads to no sound key.
 */
export async function requestAliasMove(
  deps: AliasRequestDeps,
  of: { tenantId: string; domainId: string; selector: string; requestedBy: string },
  request: AliasRequest,
): Promise<AliasListing> {
  const { tenantId, domainId, selector, requestedBy: by } = of;
  const { domain, policy, state } = await lookInto(deps, tenantId, domainId);
  const { dns } = await deps.settings();
  if (!isLive(domain.row)) throw new Refusal("not-ready", `the claim of ${domain.row.name} is not in force`);
  const aliases = dns === undefined ? [] : await loadAliases(deps.db, domain, dns);
  const alias = aliases.find((one) => one.selector === selector);
  if (alias === undefined || dns === undefined)
    throw new Refusal(
      "not-found",
      aliases.length === 0
        ? `${domain.row.name} is delegated by ${domain.claim.method}: its keys are ours, and no alias leads on to an upstream`
        : `${domain.row.name} has no alias for the selector ${selector}; it has ${aliases.map((one) => one.selector).join(", ")}`,
    );
  const findings: AliasFinding[] = [];
  const { move, oldStoppedAt, yes = false } = request;
  if (move === "cancel") {
    if (wantedTarget(alias.facts) === undefined)
      throw new Refusal("invalid-input", `no move of ${alias.keyName} is asked for`);
    findings.push({ kind: "cancelled", evidence: { by } });
  } else if (move !== undefined) {
    const to = move === "back" ? wayBack(alias) : wantedName(alias, move.to);
    await refuseUseless(deps, to, { ownZone: dns.zone, domain: domain.row.name });
    findings.push({ kind: "asked", evidence: { to, by } });
  }
  const now = Math.floor(deps.nowMs() / 1000);
  if (oldStoppedAt !== undefined) {
    const target = currentTarget(alias.facts);
    if (target === undefined) throw new Refusal("not-ready", `${alias.keyName} leads nowhere yet: nobody has to stop`);
    if (oldStoppedAt > now)
      throw new Refusal("invalid-input", "--old-stopped-at lies in the future: say it when it is so");
    if (!yes) await refuseSeenSince(deps.db, tenantId, alias, { oldStoppedAt, now });
    const drainSeconds = drainWaitSeconds(policy);
    const endsTrustedMs = state.trustedMs + Math.max(0, drainSeconds - (now - oldStoppedAt)) * 1000;
    findings.push({ kind: "stopped", evidence: { target, stoppedAt: oldStoppedAt, by, endsTrustedMs, drainSeconds } });
  }
  if (findings.length === 0)
    throw new Refusal("invalid-input", "say what to do: --to TARGET, --back, --cancel or --old-stopped-at TIME");
  await transact(deps.db, async (trx) => {
    for (const { kind, evidence } of findings)
      await appendAliasFact(trx, { domainId, selector, kind, evidence, at: now, trustedMs: state.trustedMs });
    const subject = domain.row.name;
    const detail = { selector, asked: findings.map(({ kind, evidence }) => ({ kind, ...evidence })) };
    await appendAuditLog(trx, { tenantId, at: now, actor: by, action: "domain.alias", subject, detail });
  });
  await wakeDomain(deps.db, domainId, now);
  const listed = (await listAliases(deps, tenantId, domainId)).find((one) => one.selector === selector);
  if (listed === undefined) throw new Error("an alias that something was recorded of is listed");
  return listed;
}

function wayBack({ facts, keyName }: LoadedAlias): string {
  const previous = previousTarget(facts);
  if (previous === undefined)
    throw new Refusal("invalid-input", `${keyName} was never moved: there is no way back to take`);
  return previous;
}

function wantedName({ facts, keyName }: LoadedAlias, written: string): string {
  const to = targetNameOf(written);
  if (to === undefined) throw new Refusal("invalid-input", `${written} is not a name that an alias can lead to`);
  if (to === currentTarget(facts) && wantedTarget(facts) === undefined)
    throw new Refusal("invalid-input", `${keyName} leads to ${to} already`);
  return to;
}

/** Whoever says that an upstream has stopped is told where reports show otherwise. */
async function refuseSeenSince(
  db: LifecycleDeps["db"],
  tenantId: string,
  alias: LoadedAlias,
  { oldStoppedAt, now }: { oldStoppedAt: Seconds; now: Seconds },
): Promise<void> {
  const use = await usesElsewhere(db, tenantId, alias, now);
  if (use.lastAt !== null && use.lastAt > oldStoppedAt)
    throw new Refusal(
      "confirmation-needed",
      `mail signed under ${alias.selector} was seen after that: ${useElsewhereText(use)}. When the present upstream has stopped all the same (a report of a day may end after it did), say --yes`,
    );
}

/** One look: what is plainly no target is refused here, before anybody waits for it. What gives no answer is waited for. */
async function refuseUseless(
  deps: AliasRequestDeps,
  to: string,
  place: { ownZone: string; domain: string },
): Promise<void> {
  const direct = wayFault([to], place);
  if (direct !== undefined) throw new Refusal("invalid-input", direct);
  const { names, verdict, reasons } = targetSight(await lookAtTarget(deps, to));
  const fault = wayFault(names, place);
  if (fault !== undefined) throw new Refusal("invalid-input", fault);
  if (verdict === "without-key" || verdict === "unsound")
    throw new Refusal("invalid-input", `${to} leads to no sound key: ${reasons.join("; ")}`);
}
