import type { Rrset, RrsetChange } from "chancery/dns";
import type { Database, Transaction, ZonePushRow } from "./schema.ts";

export type PushKey = { target: string; zoneId: string };

/**
 * Takes one push for `owner` until `now + leaseSeconds`; undefined while another holds it or it is not due. The first claim of a zone makes
 * its row.
 */
export async function claimPush(
  db: Database,
  { target, zoneId }: PushKey,
  owner: string,
  leaseSeconds: number,
  now: number,
): Promise<ZonePushRow | undefined> {
  await db
    .insertInto("zonePushes")
    .values({ target, zoneId, failures: 0, dueAt: 0 })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  return db
    .updateTable("zonePushes")
    .set({ leaseOwner: owner, leaseUntil: now + leaseSeconds })
    .where("target", "=", target)
    .where("zoneId", "=", zoneId)
    .where("dueAt", "<=", now)
    .where((row) => row.or([row("leaseUntil", "is", null), row("leaseUntil", "<=", now)]))
    .returningAll()
    .executeTakeFirst();
}

/** What a push came to, and the end of its claim. */
export type PushResult = Pick<ZonePushRow, "serial" | "pushedAt" | "problem" | "failures" | "dueAt">;

/** Records what a push came to, together with what stands there now because of it. False when the claim is lost: then nothing is recorded. */
export async function recordPush(
  trx: Transaction,
  { target, zoneId }: PushKey,
  owner: string,
  result: PushResult,
  made: readonly RrsetChange[],
): Promise<boolean> {
  const { numUpdatedRows } = await trx
    .updateTable("zonePushes")
    .set({ ...result, leaseOwner: null, leaseUntil: null })
    .where("target", "=", target)
    .where("zoneId", "=", zoneId)
    .where("leaseOwner", "=", owner)
    .executeTakeFirst();
  if (numUpdatedRows === 0n) return false;
  for (const { before, after } of made) {
    const { name, type } = (after ?? before)!;
    await trx
      .deleteFrom("pushedRrsets")
      .where("target", "=", target)
      .where("zoneId", "=", zoneId)
      .where("name", "=", name)
      .where("type", "=", type)
      .execute();
    if (after === undefined) continue;
    const data = JSON.stringify(after.data.map((octets) => Buffer.from(octets).toString("base64")));
    await trx.insertInto("pushedRrsets").values({ target, zoneId, name, type, ttl: after.ttl, data }).execute();
  }
  return true;
}

/** What we put there. */
export async function listPushedRrsets(db: Database, { target, zoneId }: PushKey): Promise<Rrset[]> {
  const rows = await db
    .selectFrom("pushedRrsets")
    .select(["name", "type", "ttl", "data"])
    .where("target", "=", target)
    .where("zoneId", "=", zoneId)
    .execute();
  return rows.map(({ data, ...rest }) => ({
    ...rest,
    data: (JSON.parse(data) as string[]).map((text) => Buffer.from(text, "base64")),
  }));
}

/** Every push with the zone it is of, by target and origin. */
export async function listPushes(db: Database): Promise<(ZonePushRow & { origin: string; zoneSerial: number })[]> {
  return db
    .selectFrom("zonePushes")
    .innerJoin("zones", "zones.id", "zonePushes.zoneId")
    .selectAll("zonePushes")
    .select(["zones.origin", "zones.serial as zoneSerial"])
    .orderBy("zonePushes.target")
    .orderBy("zones.origin")
    .execute();
}
