import { randomBytes } from "node:crypto";
import { appendAuditLog } from "../../engine/database/audit-log.ts";
import { verifiedNames } from "../../engine/database/domains.ts";
import { newId } from "../../engine/database/id.ts";
import type { Page, PageRequest } from "../../engine/database/page.ts";
import type { Database, WatchRow } from "../../engine/database/schema.ts";
import { transact } from "../../engine/database/transact.ts";
import * as rows from "../../engine/database/watches.ts";
import { secondsToNextDay, type Standing, standingOf } from "../../model/watch/may-look.ts";
import { Refusal } from "../refusal.ts";
import { claimNow, intervalSecondsMax } from "./claim-due.ts";
import type { WatchDeps, WatchSettings } from "./deps.ts";
import { visitWatch } from "./look.ts";

/** Looking more often says nothing new: answers live in caches for minutes. */
const intervalSecondsMin = 300;
/** More than that nobody names by hand. */
const selectorsMax = 100;

/** `domain`: lower case, in A-labels, without a final dot. `intervalSeconds` absent: what the settings say. */
export type NewWatchRequest = {
  tenantId: string;
  domain: string;
  intervalSeconds?: number | undefined;
  selectors?: readonly string[] | undefined;
};

/** Begins to watch a domain. The first look is due at once; without proof of control, looks end after a fortnight. */
export async function addWatch(
  db: Database,
  request: NewWatchRequest,
  settings: WatchSettings,
  actor: string,
  now: number,
): Promise<WatchRow> {
  const { tenantId, domain } = request;
  const intervalSeconds = request.intervalSeconds ?? settings.intervalSeconds;
  if (intervalSeconds < intervalSecondsMin || intervalSeconds > intervalSecondsMax)
    throw new Refusal(
      "invalid-input",
      `an interval of ${intervalSeconds} s: from ${intervalSecondsMin} (five minutes) to ${intervalSecondsMax} (thirty days) is possible`,
    );
  const selectors = [...new Set((request.selectors ?? []).map(selectorOf))];
  if (selectors.length > selectorsMax)
    throw new Refusal("invalid-input", `more than ${selectorsMax} selectors were named`);
  return transact(db, async (trx) => {
    const inserted = await rows.insertWatch(trx, {
      id: newId("wat"),
      tenantId,
      name: domain,
      intervalSeconds,
      selectors,
      challengeToken: `chancery-${randomBytes(24).toString("base64url")}`,
      createdAt: now,
      dueAt: now,
    });
    if (!inserted)
      throw new Refusal(
        "already-exists",
        `${domain} is watched already; "chancery watch show ${domain}" shows what was seen`,
      );
    await appendAuditLog(trx, {
      tenantId,
      at: now,
      actor,
      action: "watch.add",
      subject: domain,
      detail: { selectors },
    });
    return watchByName(trx, tenantId, domain);
  });
}

/** A selector as it stands in DNS: labels of letters, digits, hyphens and underscores. */
function selectorOf(written: string): string {
  const selector = written.trim().toLowerCase();
  if (!/^[a-z0-9_]([a-z0-9_-]{0,62})(\.[a-z0-9_]([a-z0-9_-]{0,62}))*$/.test(selector) || selector.length > 200)
    throw new Refusal("invalid-input", `${JSON.stringify(written.slice(0, 100))} is no selector; s1 is one`);
  return selector;
}

/** The tenant's watch of a domain. */
export async function watchByName(db: Database, tenantId: string, domain: string): Promise<WatchRow> {
  const row = await rows.findWatchByName(db, tenantId, domain);
  if (row === undefined)
    throw new Refusal("not-found", `${domain} is not watched; "chancery watch add ${domain}" begins`);
  return row;
}

export const watches = (db: Database, tenantId: string, page: PageRequest): Promise<Page<WatchRow>> =>
  rows.listWatches(db, tenantId, page);

/** Ends a watch and forgets what it saw. A look that is under way writes nothing more. */
export async function removeWatch(
  db: Database,
  tenantId: string,
  domain: string,
  actor: string,
  now: number,
): Promise<void> {
  const row = await watchByName(db, tenantId, domain);
  await transact(db, async (trx) => {
    await rows.removeWatch(trx, tenantId, row.id);
    await appendAuditLog(trx, { tenantId, at: now, actor, action: "watch.remove", subject: domain, detail: {} });
  });
}

/** Looks at a domain now, out of its turn. It counts against the budget like any look. */
export async function checkNow(deps: WatchDeps, tenantId: string, domain: string): Promise<WatchRow> {
  const { id } = await watchByName(deps.db, tenantId, domain);
  const now = deps.now();
  const claimed = await claimNow(deps.db, await deps.settings(), { owner: deps.owner, now }, id);
  if (claimed === "budget")
    throw new Refusal(
      "budget-spent",
      "the looks of this day are used up; watch.looks_per_day and its neighbours say how many there are",
      { retryAfterSeconds: secondsToNextDay(now) },
    );
  const visit = claimed === "held" ? undefined : await visitWatch(deps, claimed);
  if (visit === undefined || visit.outcome === "lost")
    throw new Refusal("not-ready", `${domain} is being looked at just now; ask for the result in a moment`, {
      retryAfterSeconds: 5,
    });
  return watchByName(deps.db, tenantId, domain);
}

/** How each of these watches stands: whether its domain may be looked at, and why. */
export async function standingsOf(
  db: Database,
  tenantId: string,
  list: readonly WatchRow[],
  now: number,
): Promise<Map<string, Standing>> {
  const verified = await verifiedNames(
    db,
    tenantId,
    list.map(({ name }) => name),
  );
  return new Map(list.map((row) => [row.id, standingOf(row, verified.has(row.name), now)]));
}
