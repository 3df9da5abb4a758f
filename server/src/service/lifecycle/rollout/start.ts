import { createHash } from "node:crypto";
import { appendAuditLog } from "../../../engine/database/audit-log.ts";
import { newId } from "../../../engine/database/id.ts";
import { everyRow } from "../../../engine/database/page.ts";
import {
  type DomainStream,
  insertRollout,
  listRolloutFacts,
  listRollouts,
  listRotatable,
} from "../../../engine/database/rollouts.ts";
import type { Database } from "../../../engine/database/schema.ts";
import { transact } from "../../../engine/database/transact.ts";
import { type RolloutPlan, rolloutStatus, waveSizes } from "../../../model/rotation/rollout.ts";
import type { Seconds } from "../../../model/seconds.ts";
import { Refusal } from "../../refusal.ts";

/** Which domains: those named, in that order; those whose key signs for longer than so many seconds; or all. */
export type RolloutChoice = { names: readonly string[] } | { olderThanSeconds: Seconds } | "all";

export type RolloutWish = {
  tenantId: string;
  choice: RolloutChoice;
  /** Only these streams of the domains, an empty name being the default one; absent: all of them. */
  streams?: readonly string[];
  plan: RolloutPlan;
  requestedBy: string;
};

/** Names at once in a question to the database. */
const namesAtOnce = 500;

/** Writes down which domains of a tenant are rotated, in which waves. Answers its id; a worker begins with it at once. */
export async function startRollout(db: Database, wish: RolloutWish, now: Seconds): Promise<string> {
  const { tenantId, plan, requestedBy } = wish;
  checkPlan(plan);
  await refuseSecond(db, tenantId);
  const id = newId("rol");
  const streams = await chosen(db, wish, id, now);
  if (streams.length === 0)
    throw new Refusal(
      "invalid-input",
      "no domain is chosen: none of the tenant's is verified, has such a stream, and is old enough",
    );
  const waves = waveSizes(streams.length, plan);
  await transact(db, async (trx) => {
    await insertRollout(trx, { id, tenantId, plan, waves, requestedAt: now, requestedBy }, streams);
    const detail = { plan, waves, ...(wish.streams && { streams: wish.streams }) };
    await appendAuditLog(trx, { tenantId, at: now, actor: requestedBy, action: "rollout.start", subject: id, detail });
  });
  return id;
}

function checkPlan({ canary, wavesPercent, maxFailuresPercent }: RolloutPlan): void {
  const rising = wavesPercent.every((percent, index) => percent > (wavesPercent[index - 1] ?? 0) && percent <= 100);
  if (!rising)
    throw new Refusal("invalid-input", "waves are rising shares of all domains up to 100, for example 1,10,100");
  if (canary < 0 || maxFailuresPercent < 0 || maxFailuresPercent > 100)
    throw new Refusal(
      "invalid-input",
      "a canary is a number of domains, and failures are a share from 0 to 100 percent",
    );
}

/** Two at once would rotate what both have twice. */
async function refuseSecond(db: Database, tenantId: string): Promise<void> {
  for await (const { id } of everyRow((page) => listRollouts(db, tenantId, page))) {
    const status = rolloutStatus(await listRolloutFacts(db, id));
    if (status !== "finished" && status !== "stopped")
      throw new Refusal("rotation-queued", `${id} is not over yet; wait for it, or end it: chancery fleet stop ${id}`);
  }
}

/** By name they would go customer by customer; a wave is a fair sample of all, so their order is drawn, from the rollout's id. */
async function chosen(db: Database, wish: RolloutWish, id: string, now: Seconds): Promise<DomainStream[]> {
  const { tenantId, choice } = wish;
  const only = wish.streams === undefined ? {} : { streams: wish.streams };
  if (choice === "all" || "olderThanSeconds" in choice) {
    const before = choice === "all" ? {} : { before: now - choice.olderThanSeconds };
    const placeOf = ({ domainId, stream }: DomainStream): string =>
      createHash("sha256").update(`${id} ${domainId} ${stream}`).digest("hex");
    const found = (await listRotatable(db, tenantId, { ...before, ...only })).map((row) => ({ row, at: placeOf(row) }));
    return found
      .toSorted((a, b) => (a.at < b.at ? -1 : 1))
      .map(({ row: { domainId, stream } }) => ({ domainId, stream }));
  }
  const names = [...new Set(choice.names.map((name) => name.trim().toLowerCase().replace(/\.$/, "")))];
  const found = new Map<string, DomainStream[]>();
  for (let from = 0; from < names.length; from += namesAtOnce) {
    const some = { names: names.slice(from, from + namesAtOnce), ...only };
    for (const { name, domainId, stream } of await listRotatable(db, tenantId, some))
      found.set(name, [...(found.get(name) ?? []), { domainId, stream }]);
  }
  const unknown = names.filter((name) => !found.has(name));
  if (unknown.length > 0)
    throw new Refusal(
      "invalid-input",
      `${unknown.slice(0, 5).join(", ")}${unknown.length > 5 ? ` and ${unknown.length - 5} more` : ""}: no verified domain of this tenant${wish.streams === undefined ? "" : " with such a stream"}; take them out of the list`,
    );
  return names.flatMap((name) => found.get(name)!);
}
