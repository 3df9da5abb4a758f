import { newId } from "../server/src/engine/database/id.ts";
import { type DatabaseOptions, openDatabase } from "../server/src/engine/database/open.ts";
import type { Transaction } from "../server/src/engine/database/schema.ts";
import { keepPagesInMemory } from "../server/src/engine/database/size.fixture.ts";
import { transact } from "../server/src/engine/database/transact.ts";
import { inItsPlace } from "../server/src/model/watch/schedule.ts";
import { startOfTime as now } from "../server/src/service/watch/watch.fixture.ts";
import { nameOf } from "./watch-names.ts";

const rowsAStatement = 500;
const rowsACommit = 20_000;
/** As long as the record of a 2048-bit key. */
const record = `v=DKIM1; k=rsa; p=${"A".repeat(392)}`;

/** Domains with what a first look leaves of one selector behind an alias; the next look of each is its place in the day. */
async function grow(options: DatabaseOptions, tenantId: string, from: number, to: number): Promise<void> {
  const db = await openDatabase({ ...options, statementTimeoutMs: 60_000 });
  // The rows of a million domains at once touch the whole index; what runs later does not.
  if (options.url === undefined) await keepPagesInMemory(db);
  for (let first = from; first < to; first += rowsACommit)
    await transact(db, async (trx) => {
      for (let at = first; at < Math.min(to, first + rowsACommit); at += rowsAStatement)
        await insertRows(trx, tenantId, at, Math.min(to, at + rowsAStatement));
    });
  await db.destroy();
}

async function insertRows(trx: Transaction, tenantId: string, from: number, to: number): Promise<void> {
  const indexes = Array.from({ length: to - from }, (_, offset) => from + offset);
  const ids = indexes.map(() => newId("wat"));
  const seen = { firstSeenAt: now, lastSeenAt: now };
  const keyName = (index: number): string => `s1._domainkey.${nameOf(index)}`;
  await trx
    .insertInto("watches")
    .values(
      indexes.map((index, place) => ({
        id: ids[place]!,
        tenantId,
        name: nameOf(index),
        intervalSeconds: 86_400,
        selectors: "[]",
        challengeToken: `chancery-${ids[place]}`,
        createdAt: now,
        proofSeenAt: now,
        proofLookedAt: now,
        look: 1,
        apartAt: now,
        rev: 1,
        earlyLooks: 0,
        dueAt: inItsPlace(nameOf(index), 86_400, now),
      })),
    )
    .execute();
  await trx
    .insertInto("observations")
    .values(
      indexes.map((index, place) => ({
        watchId: ids[place]!,
        name: keyName(index),
        turn: 1,
        outcome: "present" as const,
        aliases: JSON.stringify([{ name: keyName(index), target: `c${index}.dkim.esp.example` }]),
        texts: JSON.stringify([record]),
        fingerprint: "a".repeat(64),
        ...seen,
        looks: 1,
      })),
    )
    .execute();
  await trx
    .insertInto("watchedSelectors")
    .values(
      indexes.map((index, place) => ({
        watchId: ids[place]!,
        tenantId,
        selector: "s1",
        keyName: keyName(index),
        sources: '["given"]',
        state: "present" as const,
        since: now,
        ...seen,
        lookedAt: now,
        absentLooks: 0,
        publishedAs: "alias" as const,
        provider: null,
        keyType: "rsa",
        bits: 2048,
        fingerprint: "a".repeat(64),
      })),
    )
    .execute();
}

const [options = "", tenantId = "", from = "", to = ""] = process.argv.slice(2);
await grow(JSON.parse(options) as DatabaseOptions, tenantId, Number(from), Number(to));
process.disconnect();
