import type { Rollout, RolloutDomain } from "@chancery/api";
import { findDomain } from "../../engine/database/domains.ts";
import { listRolloutDomains } from "../../engine/database/rollouts.ts";
import type { RolloutDomainRow } from "../../engine/database/schema.ts";
import type { RolloutFact } from "../../model/rotation/rollout.ts";
import { day } from "../../model/seconds.ts";
import {
  orderRollout,
  rolloutById,
  type RolloutOrder,
  rollouts,
  type RolloutView,
  rolloutView,
} from "../../service/lifecycle/rollout/control.ts";
import { type RolloutChoice, startRollout } from "../../service/lifecycle/rollout/start.ts";
import { Refusal } from "../../service/refusal.ts";
import { type Caller, type HandlerContext, type Handlers, pageRequest } from "./handler.ts";
import { onlookerOf } from "./onlooker.ts";

/** So many times the domains of a canary are looked at before the others follow. */
const looksAtCanary = 4;

type Named =
  | "listRollouts"
  | "startRollout"
  | "showRollout"
  | "listRolloutDomains"
  | "pauseRollout"
  | "resumeRollout"
  | "stopRollout";

type Wish = {
  domains?: string[];
  olderThanSeconds?: number;
  all?: boolean;
  streams?: (string | null)[];
  canary: number;
  wavesPercent: number[];
  maxFailuresPercent: number;
  watchSeconds?: number;
  stuckAfterSeconds?: number;
};

/** Rotations of many domains. */
export function rolloutHandlers(context: HandlerContext): Pick<Handlers, Named> {
  const { db, now } = context;
  const named = async (tenantId: string, one: RolloutDomainRow): Promise<RolloutDomain> => {
    const { wave, rotationId, begunAt, endedAt, reason, outcome } = one;
    const domain = (await findDomain(db, tenantId, one.domainId))?.name ?? one.domainId;
    const shown = outcome ?? (begunAt === null ? "waiting" : "rotating");
    return { domain, stream: one.stream || null, wave, outcome: shown, rotation: rotationId, begunAt, endedAt, reason };
  };
  const shown = async (tenantId: string, view: RolloutView): Promise<Rollout> => {
    const { row, status, wave, waves, facts } = view;
    const { id, plan, domains, requestedAt, requestedBy } = row;
    const failed = await Promise.all(view.failed.map((one) => named(tenantId, one)));
    const last = facts.findLast(({ kind }) => kind === "halted" || kind === "stopped");
    const reason = status === "halted" || status === "stopped" ? last && detailOf(last) : undefined;
    return {
      id,
      status,
      reason: reason ?? null,
      domains,
      wave: wave ?? null,
      waves,
      streams: view.streams.map(({ stream, ...counts }) => ({ stream: stream || null, ...counts })),
      plan: { ...plan, wavesPercent: [...plan.wavesPercent] },
      requestedAt,
      requestedBy,
      events: facts.map((fact) => ({
        kind: fact.kind,
        at: fact.at,
        wave: "wave" in fact ? fact.wave : null,
        detail: detailOf(fact) ?? null,
      })),
      failed,
    };
  };
  const view = async ({ tenantId }: Caller, id: string): Promise<Rollout> =>
    shown(tenantId, await rolloutView(db, await rolloutById(db, tenantId, id)));
  const order =
    (what: RolloutOrder) =>
    async (caller: Caller, { params, body }: { params: Record<string, string>; body: unknown }): Promise<Rollout> => {
      const row = await rolloutById(db, caller.tenantId, params["id"]!);
      const { reason } = (body ?? {}) as { reason?: string };
      const by = { by: caller.tokenId, now: now(), ...(reason !== undefined && { reason }) };
      return shown(caller.tenantId, await orderRollout(db, row, what, by));
    };
  return {
    listRollouts: async (caller, { query }) => {
      const { rows, next } = await rollouts(db, caller.tenantId, pageRequest(query));
      const items = await Promise.all(rows.map(async (row) => shown(caller.tenantId, await rolloutView(db, row))));
      return { items, next: next ?? null };
    },
    startRollout: async (caller, { body }) => {
      const { policy } = await onlookerOf(context).settings();
      const wish = body as Wish;
      const { canary, wavesPercent, maxFailuresPercent } = wish;
      const { watchSeconds = looksAtCanary * policy.watchIntervalSeconds } = wish;
      const { stuckAfterSeconds = Math.min(day, 60 * policy.recordTtlSeconds) } = wish;
      const plan = { canary, wavesPercent, maxFailuresPercent, watchSeconds, stuckAfterSeconds };
      const { tenantId, tokenId: requestedBy } = caller;
      const streams = wish.streams && { streams: wish.streams.map((name) => name ?? "") };
      const asked = { tenantId, choice: choiceOf(wish), ...streams, plan, requestedBy };
      return view(caller, await startRollout(db, asked, now()));
    },
    showRollout: (caller, { params }) => view(caller, params["id"]!),
    listRolloutDomains: async (caller, { params, query }) => {
      const row = await rolloutById(db, caller.tenantId, params["id"]!);
      const { limit, after } = pageRequest(query);
      const place = after === undefined ? {} : { after: placeOf(after) };
      const which = query["outcome"] === undefined ? {} : whichOf[query["outcome"] as RolloutDomain["outcome"]];
      const found = await listRolloutDomains(db, row.id, { ...which, ...place }, limit + 1);
      const kept = found.slice(0, limit);
      const items = await Promise.all(kept.map((one) => named(caller.tenantId, one)));
      return { items, next: found.length > limit ? String(kept.at(-1)!.place) : null };
    },
    pauseRollout: order("pause"),
    resumeRollout: order("resume"),
    stopRollout: order("stop"),
  };
}

const whichOf: Record<RolloutDomain["outcome"], Parameters<typeof listRolloutDomains>[2]> = {
  waiting: { outcome: null, begun: false },
  rotating: { outcome: null, begun: true },
  rotated: { outcome: "rotated" },
  failed: { outcome: "failed" },
  left: { outcome: "left" },
};

function choiceOf({ domains, olderThanSeconds, all }: Wish): RolloutChoice {
  const choices = [
    ...(domains === undefined ? [] : [{ names: domains }]),
    ...(olderThanSeconds === undefined ? [] : [{ olderThanSeconds }]),
    ...(all === true ? ["all" as const] : []),
  ];
  const [choice] = choices;
  if (choice === undefined || choices.length > 1)
    throw new Refusal("invalid-input", "say which domains: one of a list, those older than a time, or all");
  return choice;
}

function placeOf(after: string): number {
  if (/^\d{1,9}$/.test(after)) return Number(after);
  throw new Refusal("invalid-input", "the cursor is not one of this list");
}

const detailOf = (fact: RolloutFact): string | undefined =>
  "reason" in fact ? fact.reason : "by" in fact ? `by ${fact.by}` : undefined;
