import { isSerialAfter, nextSerial } from "chancery/dns";
import type { Database, SerialFloorRow, Transaction } from "./schema.ts";

/** Says what a name server serves beyond what the database has of a zone, so that the next change's serial rises above it. */
export async function reportFloor(db: Database, floor: SerialFloorRow): Promise<void> {
  await db
    .insertInto("serialFloors")
    .values(floor)
    .onConflict((conflict) => conflict.columns(["origin", "node"]).doUpdateSet(floor))
    .execute();
}

/** The name server serves what the database has again. */
export async function withdrawFloor(db: Database, origin: string, node: string): Promise<void> {
  await db.deleteFrom("serialFloors").where("origin", "=", origin).where("node", "=", node).execute();
}

/** What all name servers reported, by zone. */
export async function listFloors(db: Database): Promise<SerialFloorRow[]> {
  return db.selectFrom("serialFloors").selectAll().orderBy("origin").orderBy("node").execute();
}

/** The first serial above all that name servers reported of a zone; 0 when none did. One that secondaries could not follow from `serial` is left out. */
export async function highestFloor(trx: Transaction, origin: string, serial: number): Promise<number> {
  const reported = await trx.selectFrom("serialFloors").select("serial").where("origin", "=", origin).execute();
  let highest = serial;
  for (const floor of reported)
    if (isSerialAfter(floor.serial, serial) && isSerialAfter(floor.serial, highest)) highest = floor.serial;
  const isReported = reported.some((floor) => floor.serial === highest);
  return isReported ? nextSerial(highest) : 0;
}
