import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findVerifiedDomain, markDomainReleased, markDomainSuspended, markDomainVerified } from "./domains.ts";
import { StaleLease } from "./faults.ts";
import { appendKeyFact } from "./key-facts.ts";
import {
  claimDomain,
  endLeasesOf,
  fenced,
  listDueDomains,
  listLeaseOwners,
  releaseLease,
  renewLease,
  wakeDomain,
  wakeFromFuture,
} from "./lease.ts";
import { openDatabase, type DatabaseOptions } from "./open.ts";
import { addDomain, addKey, addTenant } from "./rows.fixture.ts";
import type { Database } from "./schema.ts";
import { findTenant, insertTenant } from "./tenants.ts";
import { transact } from "./transact.ts";

/** Who may have a name, and who may work on a domain. */
export function describeClaims(fresh: () => Promise<DatabaseOptions>): void {
  let db: Database;
  let tenant: string;
  beforeAll(async () => {
    db = await openDatabase(await fresh());
    tenant = await addTenant(db);
  });
  afterAll(() => db.destroy());

  describe("verified claims", () => {
    test("of fifty tenants that verify one name at once, one wins", async () => {
      const claims = await Promise.all(
        Array.from({ length: 50 }, async () => addDomain(db, await addTenant(db), "race.example")),
      );
      const verdicts = await Promise.all(
        claims.map(({ tenantId, id }) => transact(db, (trx) => markDomainVerified(trx, tenantId, id, 5))),
      );
      expect(verdicts.filter((verdict) => verdict === "verified")).toHaveLength(1);
      expect(verdicts.filter((verdict) => verdict === "claimed-elsewhere")).toHaveLength(49);
      const winner = claims[verdicts.indexOf("verified")];
      expect((await findVerifiedDomain(db, "race.example"))?.id).toBe(winner?.id);
    });

    test("a transaction goes on after it lost the race", async () => {
      const winner = await addDomain(db, await addTenant(db), "lost.example");
      const loser = await addDomain(db, tenant, "lost.example");
      await transact(db, (trx) => markDomainVerified(trx, winner.tenantId, winner.id, 5));
      await transact(db, async (trx) => {
        expect(await markDomainVerified(trx, tenant, loser.id, 5)).toBe("claimed-elsewhere");
        await insertTenant(trx, { id: "after the race", name: "after the race", createdAt: 1 });
      });
      expect(await findTenant(db, "after the race")).toBeDefined();
    });

    test("a released name can be verified by the next tenant, and the released claim cannot come back", async () => {
      const first = await addDomain(db, tenant, "released.example");
      const next = await addDomain(db, await addTenant(db), "released.example");
      await transact(db, async (trx) => {
        await markDomainVerified(trx, tenant, first.id, 5);
        await markDomainReleased(trx, tenant, first.id, 6);
        expect(await markDomainVerified(trx, next.tenantId, next.id, 7)).toBe("verified");
        expect(await markDomainVerified(trx, tenant, first.id, 8)).toBe("gone");
      });
    });
  });

  describe("leases", () => {
    test("of twenty workers that claim a domain at once, one gets it", async () => {
      const { id } = await addDomain(db, tenant);
      const revs = await Promise.all(
        Array.from({ length: 20 }, (_, i) => claimDomain(db, id, `worker ${i}`, 60, 1000)),
      );
      expect(revs.filter((rev) => rev !== undefined)).toEqual([1]);
    });

    test("a lease keeps others out until its very end", async () => {
      const { id } = await addDomain(db, tenant);
      expect(await claimDomain(db, id, "one", 60, 1000)).toBe(1);
      expect(await claimDomain(db, id, "two", 60, 1059)).toBeUndefined();
      expect(await claimDomain(db, id, "two", 60, 1060)).toBe(2);
    });

    test("F-6 a worker that slept past its lease writes nothing", async () => {
      const { id } = await addDomain(db, tenant);
      const stale = (await claimDomain(db, id, "sleeper", 60, 1000)) ?? 0;
      const rev = (await claimDomain(db, id, "successor", 60, 2000)) ?? 0;
      const late = transact(db, async (trx) => {
        await insertTenant(trx, { id: "late", name: "late", createdAt: 1 });
        await fenced(trx, id, stale);
      });
      await expect(late).rejects.toBeInstanceOf(StaleLease);
      expect(await findTenant(db, "late")).toBeUndefined();
      await transact(db, (trx) => fenced(trx, id, rev));
      expect(await renewLease(db, id, stale, 60, 2000)).toBe(false);
      expect(await releaseLease(db, id, stale, 2000)).toBe(false);
      expect(await claimDomain(db, id, "third", 60, 2001)).toBeUndefined();
    });

    test("a claim made during a fenced transaction waits for its end, or comes first and stops it", async () => {
      const { id } = await addDomain(db, tenant);
      for (let now = 1000; now < 1010; now++) {
        const rev = (await claimDomain(db, id, "worker", 0, now)) ?? 0;
        const [work, claim] = await Promise.allSettled([
          transact(db, async (trx) => {
            await fenced(trx, id, rev);
            const seen = await trx.selectFrom("domains").select("rev").where("id", "=", id).executeTakeFirstOrThrow();
            return seen.rev;
          }),
          claimDomain(db, id, "other", 0, now),
        ]);
        expect(claim).toEqual({ status: "fulfilled", value: rev + 1 });
        if (work.status === "fulfilled") expect(work.value).toBe(rev);
        else expect(work.reason).toBeInstanceOf(StaleLease);
      }
    });

    test("a worker and a tenant that change one domain at once never wait for each other", async () => {
      const { id } = await addDomain(db, tenant);
      const keyId = await addKey(db, tenant, id);
      let runs = 0; // a deadlock would be mended by running one of the two again
      for (let now = 1000; now < 1010; now++) {
        const rev = (await claimDomain(db, id, "worker", 60, now)) ?? 0;
        const work = transact(db, async (trx) => {
          runs++;
          await fenced(trx, id, rev);
          await pause(5);
          await appendKeyFact(trx, { keyId, kind: "seen", at: now, trustedMs: 0, evidence: {} });
        });
        const change = transact(db, async (trx) => {
          runs++;
          await markDomainSuspended(trx, tenant, id, now);
        });
        await Promise.all([work, change]);
      }
      expect(runs).toBe(20);
    });

    test("a renewed lease lasts longer", async () => {
      const { id } = await addDomain(db, tenant);
      const rev = (await claimDomain(db, id, "one", 60, 1000)) ?? 0;
      expect(await renewLease(db, id, rev, 60, 1050)).toBe(true);
      expect(await claimDomain(db, id, "two", 60, 1109)).toBeUndefined();
      expect(await claimDomain(db, id, "two", 60, 1110)).toBe(2);
    });
  });

  test("the leases of an owner that died end at once, and it writes nothing more under them", async () => {
    const [dead, living] = [await addDomain(db, tenant), await addDomain(db, tenant)];
    const rev = (await claimDomain(db, dead.id, "the dead", 60, 1000)) ?? 0;
    await claimDomain(db, living.id, "the living", 60, 1000);
    expect(await listLeaseOwners(db)).toEqual(expect.arrayContaining(["the dead", "the living"]));
    await endLeasesOf(db, "the dead", 1001);
    expect((await listDueDomains(db, 1001, 1000)).map(({ id }) => id)).toContain(dead.id);
    expect(await listLeaseOwners(db)).not.toContain("the dead");
    await expect(transact(db, (trx) => fenced(trx, dead.id, rev))).rejects.toBeInstanceOf(StaleLease);
    expect(await claimDomain(db, dead.id, "next", 60, 1001)).toBe(rev + 2);
    expect(await claimDomain(db, living.id, "next", 60, 1001)).toBeUndefined();
  });

  describe("when a domain is due", () => {
    const isDue = async (id: string, now: number): Promise<boolean> =>
      (await listDueDomains(db, now, 1000)).some((due) => due.id === id);

    test("a new one is due at once, a claimed one not, and again when its worker has died", async () => {
      const { id } = await addDomain(db, tenant);
      expect(await isDue(id, 1)).toBe(true);
      await claimDomain(db, id, "one", 60, 1000);
      expect(await isDue(id, 1059)).toBe(false);
      expect(await isDue(id, 1060)).toBe(true);
    });

    test("a released one is due when its worker said", async () => {
      const { id } = await addDomain(db, tenant);
      const rev = (await claimDomain(db, id, "one", 60, 1000)) ?? 0;
      await releaseLease(db, id, rev, 5000);
      expect(await isDue(id, 4999)).toBe(false);
      expect(await isDue(id, 5000)).toBe(true);
    });

    test("a wake-up that comes while a worker holds it is not lost", async () => {
      const { id } = await addDomain(db, tenant);
      const rev = (await claimDomain(db, id, "one", 60, 1000)) ?? 0;
      await wakeDomain(db, id, 1005);
      await renewLease(db, id, rev, 60, 1010);
      await releaseLease(db, id, rev, 5000);
      expect(await isDue(id, 1011)).toBe(true);
    });

    test("S4 what was put off under a clock that was a month ahead is due when the clock is right; what rests is left alone", async () => {
      const [ahead, resting] = [await addDomain(db, tenant), await addDomain(db, tenant)];
      const month = 30 * 86_400;
      for (const [{ id }, dueAt] of [
        [ahead, 1000 + month],
        [resting, 5000],
      ] as const) {
        const rev = (await claimDomain(db, id, "one", 60, 1000)) ?? 0;
        await releaseLease(db, id, rev, dueAt);
      }
      await wakeFromFuture(db, 1010, 86_400);
      expect(await isDue(ahead.id, 1010)).toBe(true);
      expect(await isDue(resting.id, 4999)).toBe(false);
    });

    test("waking never postpones", async () => {
      const { id } = await addDomain(db, tenant);
      await wakeDomain(db, id, 9000);
      expect(await isDue(id, 1)).toBe(true);
    });
  });
}
