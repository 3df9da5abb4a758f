import type { Database, RegistrationRow, Transaction } from "./schema.ts";

/** From here on the domain is watched; once is enough. */
export async function insertRegistration(db: Database | Transaction, name: string, now: number): Promise<void> {
  const none = { toldExpiresAt: null, toldAt: null, seenExpiresAt: null, seenAt: null, askedAt: null, problem: null };
  await db
    .insertInto("registrations")
    .values({ name, createdAt: now, ...none })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

export const findRegistration = (db: Database, name: string): Promise<RegistrationRow | undefined> =>
  db.selectFrom("registrations").selectAll().where("name", "=", name).executeTakeFirst();

/** All that are watched: the domains that our zones are in, which are a few. */
export const listRegistrations = (db: Database): Promise<RegistrationRow[]> =>
  db.selectFrom("registrations").selectAll().orderBy("name").execute();

/** What somebody says by hand. */
export async function tellRegistration(
  trx: Transaction,
  name: string,
  { expiresAt, now }: { expiresAt: number; now: number },
): Promise<void> {
  await trx
    .updateTable("registrations")
    .set({ toldExpiresAt: expiresAt, toldAt: now })
    .where("name", "=", name)
    .execute();
}

/** Takes the question for one of several that would ask; false: another was faster. */
export async function claimRegistration(
  db: Database,
  { name, askedAt }: Pick<RegistrationRow, "name" | "askedAt">,
  now: number,
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable("registrations")
    .set({ askedAt: now })
    .where("name", "=", name)
    .where("askedAt", askedAt === null ? "is" : "=", askedAt)
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}

/** What came of the question. */
export async function putRegistryAnswer(
  db: Database,
  name: string,
  answer: { expiresAt: number } | { problem: string },
  now: number,
): Promise<void> {
  const seen =
    "problem" in answer ? { problem: answer.problem } : { seenExpiresAt: answer.expiresAt, seenAt: now, problem: null };
  await db.updateTable("registrations").set(seen).where("name", "=", name).execute();
}

/** Whether any claim in force signs as a name that is held for it. */
export async function hasHeldNames(db: Database): Promise<boolean> {
  const row = await db
    .selectFrom("domains")
    .select("id")
    .where("method", "=", "third-party-domain")
    .where("releasedAt", "is", null)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}
