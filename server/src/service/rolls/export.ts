import { usesOfDomain } from "../../engine/database/key-uses.ts";
import { beginRolls, findRolledDomain, keepRollsKey, listDisclosed, listRolls } from "../../engine/database/rolls.ts";
import type { Database } from "../../engine/database/schema.ts";
import { transact } from "../../engine/database/transact.ts";
import type { Kek } from "../../engine/keystore/kek.ts";
import { makeRollsKey, openRollsKey } from "../../engine/keystore/rolls-key.ts";
import { checkpointLine } from "../../model/rolls/checkpoint.ts";
import { beforeFirst } from "../../model/rolls/entry.ts";
import { disclosedLine } from "../../model/rolls/read-export.ts";
import { Refusal } from "../refusal.ts";

/** A part of an export: lines without their line feeds. `next`: the number of the last entry, when more follow. */
export type RollsPage = { lines: string[]; next: number | undefined };

/**
 * The rolls of a tenant's claim, page by page. The last page ends with the private halves that were disclosed, if any, and
 * with a checkpoint signed now. Refuses a domain that the tenant never had.
 */
export async function exportRolls(
  deps: { db: Database; kek: Kek; now: () => number },
  { tenantId, name }: { tenantId: string; name: string },
  { after, limit }: { after: number; limit: number },
): Promise<RollsPage> {
  const { db, kek, now } = deps;
  const domainId = await findRolledDomain(db, tenantId, name);
  if (domainId === undefined) throw new Refusal("not-found", `${name} is not here and never was`);
  if (after === 0) await transact(db, (trx) => beginRolls(trx, domainId));
  const rows = await listRolls(db, domainId, after, limit + 1);
  const page = rows.slice(0, limit);
  const lines = page.map(({ line }) => line);
  if (rows.length > limit) return { lines, next: page.at(-1)?.seq };
  const head = page.at(-1) ?? (await listRolls(db, domainId, after - 1, 1))[0] ?? { seq: 0, hash: beforeFirst };
  const privateKey = await openRollsKey(kek, await keepRollsKey(db, () => makeRollsKey(kek), now()));
  const uses = [...(await usesOfDomain(db, tenantId, domainId)).values()]
    .map(({ keyId: key, signatures, firstAt, lastAt }) => ({ key, signatures, firstAt, lastAt }))
    .toSorted((a, b) => (a.key < b.key ? -1 : 1));
  const checkpoint = { v: 1 as const, claim: domainId, domain: name, at: now(), seq: head.seq, head: head.hash, uses };
  const disclosed = (await listDisclosed(db, domainId, head.seq)).map(({ keyId: key, privateKey }) =>
    disclosedLine({ key, privateKey }),
  );
  return { lines: [...lines, ...disclosed, checkpointLine(checkpoint, privateKey)], next: undefined };
}
