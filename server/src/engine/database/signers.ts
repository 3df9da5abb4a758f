import type { Database, SignerRow, Transaction } from "./schema.ts";

/** Registers a signer, or renews what is told of it; also one whose row is gone. */
export async function putSigner(trx: Transaction | Database, signer: SignerRow): Promise<void> {
  const { renewedAt, leaseSeconds, acknowledged } = signer;
  await trx
    .insertInto("signers")
    .values(signer)
    .onConflict((conflict) => conflict.column("id").doUpdateSet({ renewedAt, leaseSeconds, acknowledged }))
    .execute();
}

/** A signer that has stopped signing leaves; nobody waits for it any more. */
export async function removeSigner(db: Database | Transaction, id: string): Promise<void> {
  await db.deleteFrom("signers").where("id", "=", id).execute();
}

/** So many signers are read; nobody runs more. */
const signersMax = 10_000;

export const listSigners = (db: Database): Promise<SignerRow[]> =>
  db.selectFrom("signers").selectAll().orderBy("id").limit(signersMax).execute();

/** Removes what processes left that were killed: those whose lease ended before `before`. */
export async function pruneSigners(db: Database, before: number): Promise<void> {
  await db
    .deleteFrom("signers")
    .where((row) => row(row("renewedAt", "+", row.ref("leaseSeconds")), "<", before))
    .execute();
}
