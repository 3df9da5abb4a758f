import type { Observation, Selector, TrackedFinding, Watch } from "@chancery/api";
import type { WatchRow } from "../../engine/database/schema.ts";
import {
  countFindings,
  type FindingCounts,
  listFindings,
  listObservations,
  listSelectors,
  listWatchEvents,
} from "../../engine/database/watch-lists.ts";
import { severities, type Severity } from "../../model/finding.ts";
import { severityRank } from "../../model/watch/fold-findings.ts";
import type { Standing } from "../../model/watch/may-look.ts";
import { signingDomain } from "../../service/onboarding/domain-name.ts";
import { proofRecord } from "../../service/watch/proof.ts";
import { addWatch, checkNow, removeWatch, standingsOf, watchByName, watches } from "../../service/watch/watches.ts";
import { newLeaseOwner } from "../lease-owner.ts";
import { configWithSettings } from "../settings.ts";
import { watchDeps, watchSettings } from "../watch-deps.ts";
import { type Caller, type Handlers, type HandlerContext, pageOf, pageRequest } from "./handler.ts";

type Named =
  | "listWatches"
  | "addWatch"
  | "showWatch"
  | "removeWatch"
  | "checkWatch"
  | "listWatchEvents"
  | "listFindings"
  | "listSelectors"
  | "listObservations";

/** Watched domains and what was seen of them. */
export function watchHandlers({ db, loaded, now }: HandlerContext): Pick<Handlers, Named> {
  const deps = { ...watchDeps({ db, loaded, owner: newLeaseOwner() }), now };
  const settings = async () => watchSettings((await configWithSettings(db, loaded)).config);
  const find = (caller: Caller, written: string): Promise<WatchRow> =>
    watchByName(db, caller.tenantId, signingDomain(written));
  const findIfNamed = async (caller: Caller, written: unknown): Promise<string | undefined> =>
    written === undefined ? undefined : (await find(caller, written as string)).id;
  const shownAll = async (caller: Caller, rows: WatchRow[]): Promise<Watch[]> => {
    const standings = await standingsOf(db, caller.tenantId, rows, now());
    const counts = await countFindings(
      db,
      caller.tenantId,
      rows.map(({ id }) => id),
    );
    return rows.map((row) => shown(row, caller, standings.get(row.id)!, counts.get(row.id)!));
  };
  const shownOne = async (caller: Caller, row: WatchRow): Promise<Watch> => (await shownAll(caller, [row]))[0]!;
  return {
    listWatches: async (caller, { query }) => {
      const { rows, next } = await watches(db, caller.tenantId, pageRequest(query));
      return { items: await shownAll(caller, rows), next: next ?? null };
    },
    addWatch: async (caller, { body }) => {
      const { domain, ...rest } = body as { domain: string; intervalSeconds?: number; selectors?: string[] };
      const request = { tenantId: caller.tenantId, domain: signingDomain(domain), ...rest };
      return shownOne(caller, await addWatch(db, request, await settings(), caller.tokenId, now()));
    },
    showWatch: async (caller, { params }) => shownOne(caller, await find(caller, params["domain"]!)),
    removeWatch: async (caller, { params }) => {
      await removeWatch(db, caller.tenantId, signingDomain(params["domain"]!), caller.tokenId, now());
      return {};
    },
    checkWatch: async (caller, { params }) =>
      shownOne(caller, await checkNow(deps, caller.tenantId, signingDomain(params["domain"]!))),
    listWatchEvents: async (caller, { params, query }) => {
      const { id } = await find(caller, params["domain"]!);
      const found = await listWatchEvents(db, caller.tenantId, id, pageRequest(query));
      return pageOf(found, ({ seq, ...event }) => ({ id: seq, ...event }));
    },
    listFindings: async (caller, { query }) => {
      const filter = {
        state: query["state"] as TrackedFinding["state"],
        severityAtMost: severityRank(query["severity"] as Severity),
        watchId: await findIfNamed(caller, query["domain"]),
      };
      const found = await listFindings(db, caller.tenantId, filter, pageRequest(query));
      return pageOf(found, ({ told, cleanLooks: _clean, ...finding }): TrackedFinding => ({
        ...finding,
        summary: told.summary,
        evidence: [...told.evidence],
        remedy: told.remedy,
        symptoms: told.symptoms,
        commands: [...told.commands],
      }));
    },
    listSelectors: async (caller, { query }) => {
      const watchId = await findIfNamed(caller, query["domain"]);
      const found = await listSelectors(db, caller.tenantId, watchId, pageRequest(query));
      return pageOf(found, ({ absentLooks: _absent, ...one }): Selector => ({ ...one, sources: [...one.sources] }));
    },
    listObservations: async (caller, { query }) => {
      const { id, name: domain } = await find(caller, query["domain"] as string);
      const found = await listObservations(db, caller.tenantId, id, pageRequest(query));
      return pageOf(found, (one): Observation => ({
        ...one,
        domain,
        aliases: [...one.aliases],
        texts: [...one.texts],
      }));
    },
  };
}

function shown(row: WatchRow, caller: Caller, standing: Standing, { open, suspected }: FindingCounts): Watch {
  const { name, type, data } = proofRecord(row);
  return {
    domain: row.name,
    tenant: caller.tenantName,
    standing,
    resting: row.resting,
    intervalSeconds: row.intervalSeconds,
    selectors: row.selectors,
    proof: { name, type, data: data.replaceAll('"', ""), seenAt: row.proofSeenAt },
    createdAt: row.createdAt,
    lookedAt: row.lookedAt,
    knownAt: row.knownAt,
    dueAt: row.dueAt,
    score: row.score,
    open: Object.fromEntries(severities.map((severity, rank) => [severity, open.get(rank) ?? 0])) as Watch["open"],
    suspected,
  };
}
