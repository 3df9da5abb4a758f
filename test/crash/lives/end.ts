import { createHash } from "node:crypto";
import type { Database } from "../../../server/src/engine/database/schema.ts";
import { lifeNames, domainIdOf } from "./world.ts";

/** What has come of every life, without what differs from one play to another: ids, times, key material. */
export async function endOf(db: Database): Promise<Record<string, unknown>> {
  const ends: Record<string, unknown> = {};
  const keys = await db.selectFrom("keys").selectAll().orderBy("createdAt").orderBy("selector").execute();
  const facts = await db.selectFrom("keyFacts").select(["keyId", "kind"]).orderBy("seq").execute();
  const rotations = await db.selectFrom("rotations").selectAll().execute();
  const records = await db.selectFrom("records").selectAll().execute();
  for (const name of lifeNames) {
    const domainId = domainIdOf(name);
    const own = keys.filter((key) => key.domainId === domainId);
    ends[name] = {
      keys: own.map(({ id, selector }) => {
        const kinds = new Set(facts.filter(({ keyId }) => keyId === id).map(({ kind }) => kind));
        return `${selector}: ${[...kinds].toSorted().join(" ")}`;
      }),
      rotations: rotations
        .filter((one) => one.domainId === domainId)
        .map(({ reason }) => reason)
        .toSorted(),
      served: records.filter(({ source }) => own.some(({ id }) => source === `key:${id}`)).length,
      moves: await kindsOf(db, "moveFacts", domainId),
      aliases: await kindsOf(db, "aliasFacts", domainId),
    };
  }
  const [claim] = await db.selectFrom("domains").selectAll().where("name", "=", "claimed.example").execute();
  ends["claimed"] = [...new Set(await kindsOf(db, "claimFacts", claim?.id ?? ""))];
  const rolloutDomains = await db.selectFrom("rolloutDomains").selectAll().orderBy("place").execute();
  ends["rollout"] = rolloutDomains.map(({ outcome, wave }) => `${wave} ${outcome}`);
  ends["issued"] = (await db.selectFrom("issuedNames").select("name").execute()).length;
  return ends;
}

const kindsOf = async (
  db: Database,
  table: "moveFacts" | "aliasFacts" | "claimFacts",
  domainId: string,
): Promise<string[]> => {
  const rows = await db.selectFrom(table).select("kind").where("domainId", "=", domainId).orderBy("seq").execute();
  return rows.map(({ kind }) => kind);
};

/** What is wrong with the database at any moment, after whatever death: nothing. */
export async function soundnessOf(db: Database): Promise<string[]> {
  return [...(await slots(db)), ...(await rolls(db)), ...(await journal(db))];
}

/** I-13: a slot of a rotation has one key; I-5: one key of a role signs. */
async function slots(db: Database): Promise<string[]> {
  const keys = await db.selectFrom("keys").select(["rotationId", "role"]).execute();
  const seen = new Map<string, number>();
  for (const { rotationId, role } of keys) {
    const slot = `${rotationId} ${role}`;
    seen.set(slot, (seen.get(slot) ?? 0) + 1);
  }
  return [...seen].filter(([, count]) => count > 1).map(([slot]) => `two keys for ${slot}`);
}

/** The rolls of each claim are one chain. */
async function rolls(db: Database): Promise<string[]> {
  const rows = await db.selectFrom("rolls").selectAll().orderBy("domainId").orderBy("seq").execute();
  return rows.flatMap((row, index) => {
    const before = rows[index - 1]?.domainId === row.domainId ? rows[index - 1] : undefined;
    const line = JSON.parse(row.line) as { seq: number; prev: string };
    const whole =
      row.seq === (before?.seq ?? 0) + 1 &&
      line.seq === row.seq &&
      (before === undefined || line.prev === before.hash) &&
      createHash("sha256").update(row.line).digest("hex").startsWith(row.hash.slice(0, 8));
    return whole ? [] : [`the rolls of ${row.domainId} break at ${row.seq}`];
  });
}

/** The journal of each zone leads without a gap to what the zone holds. */
async function journal(db: Database): Promise<string[]> {
  const wrong: string[] = [];
  for (const zone of await db.selectFrom("zones").selectAll().execute()) {
    const of = zone.id;
    const versions = await db
      .selectFrom("zoneVersions")
      .selectAll()
      .where("zoneId", "=", of)
      .orderBy("changedIn")
      .execute();
    versions.forEach(({ fromSerial }, index) => {
      const before = versions[index - 1];
      if (before !== undefined && before.toSerial !== fromSerial)
        wrong.push(`${zone.origin}: a gap before ${fromSerial}`);
    });
    if (versions.at(-1)?.toSerial !== zone.serial) wrong.push(`${zone.origin}: the journal ends before ${zone.serial}`);
    if (zone.removedAt !== null || versions.some(({ content }) => content !== "kept")) continue;
    const held = new Set<string>();
    const changes = await db
      .selectFrom("zoneChanges")
      .selectAll()
      .where("zoneId", "=", of)
      .orderBy("changedIn")
      .orderBy("seq")
      .execute();
    const named = ({ name, type, ttl, data }: { name: string; type: number; ttl: number; data: string }): string =>
      `${name} ${ttl} ${type} ${data}`;
    for (const change of changes)
      if (change.kind === "added") held.add(named(change));
      else if (!held.delete(named(change))) wrong.push(`${zone.origin}: removed what was not there: ${named(change)}`);
    const now = new Set((await db.selectFrom("records").selectAll().where("zoneId", "=", of).execute()).map(named));
    if (now.size !== held.size || ![...now].every((record) => held.has(record)))
      wrong.push(`${zone.origin}: its records are not what its journal says`);
  }
  return wrong;
}
