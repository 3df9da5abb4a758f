import type { Selectable } from "kysely";
import type { NameSeries } from "../../model/delegation/name-series.ts";
import type { RotationPolicy } from "../../model/rotation/rotation-policy.ts";
import type { StreamTable } from "./schema-streams.ts";
import type { Database, Transaction } from "./schema.ts";

export type StreamRow = Omit<Selectable<StreamTable>, "series" | "policy"> & {
  series: NameSeries | null;
  policy: Partial<RotationPolicy> | null;
};

/** False when the domain has, or had, a stream of this name. */
export async function insertStream(trx: Transaction, stream: StreamRow): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await trx
    .insertInto("streams")
    .values({ ...stream, series: written(stream.series), policy: written(stream.policy) })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  return numInsertedOrUpdatedRows === 1n;
}

/** The streams that a domain has or ever had, but the default one. A few: they are read together. */
export async function listStreams(db: Database, tenantId: string, domainId: string): Promise<StreamRow[]> {
  const rows = await db
    .selectFrom("streams")
    .selectAll()
    .where("tenantId", "=", tenantId)
    .where("domainId", "=", domainId)
    .orderBy("name")
    .execute();
  return rows.map(({ series, policy, ...row }) => ({
    ...row,
    series: series === null ? null : (JSON.parse(series) as NameSeries),
    policy: policy === null ? null : (JSON.parse(policy) as Partial<RotationPolicy>),
  }));
}

/** Notes that a stream is wanted no more, or what became of its series or its policy. */
export async function changeStream(
  trx: Transaction,
  { domainId, name }: Pick<StreamRow, "domainId" | "name">,
  { series, policy, removedAt }: Partial<Pick<StreamRow, "series" | "policy" | "removedAt">>,
): Promise<void> {
  await trx
    .updateTable("streams")
    .set({
      ...(series !== undefined && { series: written(series) }),
      ...(policy !== undefined && { policy: written(policy) }),
      ...(removedAt !== undefined && { removedAt }),
    })
    .where("domainId", "=", domainId)
    .where("name", "=", name)
    .execute();
}

const written = (value: object | null): string | null => (value === null ? null : JSON.stringify(value));
