import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findVerifiedDomain } from "../../engine/database/domains.ts";
import { type DatabaseOptions, openDatabase } from "../../engine/database/open.ts";
import type { Database, DomainRow } from "../../engine/database/schema.ts";
import { putRecords } from "../../engine/database/records.ts";
import { insertZone } from "../../engine/database/zones.ts";
import { transact } from "../../engine/database/transact.ts";
import { claimState } from "../../model/claim/domain-status.ts";
import { day } from "../../model/seconds.ts";
import { closeDomain, removeDomain } from "./domains.ts";
import { type OwnershipWorld, ownershipWorld, settings } from "./ownership.fixture.ts";
import { domainView } from "./view.ts";

/** Who may hold a domain, on one database: threats 31 to 36. */
export function describeOwnership(fresh: () => Promise<DatabaseOptions>): void {
  let db: Database;
  let world: OwnershipWorld;
  let numbers = 0;
  const someDomain = (): string => `customer${++numbers}.example`;
  const stateOf = async (row: DomainRow): Promise<string> => claimState(await world.now(row));
  const codesOf = async (row: DomainRow): Promise<string[]> =>
    (await domainView(db, await world.now(row), settings, world.clock.seconds)).findings.map(({ code }) => code);
  const proven = async (domain = someDomain()): Promise<DomainRow> => {
    const row = await world.claim(await world.tenant(), domain);
    world.prove(row);
    expect(await world.look(row)).toBe("proven");
    return row;
  };
  const gone = (row: DomainRow, standing: "silent" | "half-silent" | string[] = []): void =>
    void world.standing.set(`_chancery-challenge.${row.name}`, standing);

  beforeAll(async () => {
    db = await openDatabase(await fresh());
    world = ownershipWorld(db);
  });
  afterAll(() => db.destroy());

  describe("verification", () => {
    test("R-32 who comes second is told that the domain is verified elsewhere, and nothing about by whom", async () => {
      const first = await proven();
      const second = await world.claim(await world.tenant(), first.name);
      world.prove(second);
      expect(await world.look(second)).toBe("claimed-elsewhere");
      const { status, findings } = await domainView(db, second, settings, world.clock.seconds);
      expect(status).toBe("failed");
      expect(findings.map(({ code }) => code)).toContain("ClaimedElsewhere");
      expect(JSON.stringify(findings)).not.toContain(first.tenantId);
      expect((await findVerifiedDomain(db, first.name))?.id).toBe(first.id);
    });

    test("R-32 a suspended claim still holds its domain", async () => {
      const first = await proven();
      await suspend(first);
      const second = await world.claim(await world.tenant(), first.name);
      world.standing.set(`_chancery-challenge.${first.name}`, [second.challengeToken]);
      expect(await world.look(second)).toBe("claimed-elsewhere");
    });

    test("R-32 what was seen of a token proves no claim that has another one by now", async () => {
      const row = await world.claim(await world.tenant(), someDomain());
      world.prove(row);
      const stale = { ...row, challengeToken: "chancery-of-before" };
      world.standing.set(`_chancery-challenge.${row.name}`, ["chancery-of-before"]);
      expect(await world.lookAs(stale)).toBeUndefined();
      expect(await stateOf(row)).toBe("pending");
    });

    test("a record that is seen in another state than before makes the domain due at once, one that is as it was does not", async () => {
      const row = await world.claim(await world.tenant(), "due.example");
      const restsUntil = (dueAt: number) =>
        world.db.updateTable("domains").set({ dueAt }).where("id", "=", row.id).execute();
      const later = world.clock.seconds + 300;
      await restsUntil(later);
      await world.look(row);
      expect((await world.now(row)).dueAt).toBe(world.clock.seconds);
      await restsUntil(later);
      await world.look(row);
      expect((await world.now(row)).dueAt).toBe(later);
    });

    test("R-35 another tenant's proof, copied from DNS, proves nothing", async () => {
      const row = await proven();
      await removeDomain(db, row.tenantId, row.name, "test", world.clock.seconds);
      const thief = await world.claim(await world.tenant(), row.name);
      expect(await world.look(thief)).toBeUndefined();
      const again = await world.claim(row.tenantId, row.name);
      expect(again.challengeToken).not.toBe(row.challengeToken);
      expect(await world.look(again)).toBeUndefined();
    });

    test("R-31 a proof that stands in a zone delegated to us proves nothing", async () => {
      const holder = await proven();
      await transact(db, async (trx) => {
        const zone = await insertZone(trx, {
          id: `zon_${holder.id}`,
          origin: `news.${holder.name}`,
          kind: "delegated",
          domainId: holder.id,
          serial: 1,
          createdAt: 1,
        });
        await putRecords(trx, zone!.id, []);
      });
      const row = await world.claim(await world.tenant(), `news.${holder.name}`);
      world.prove(row);
      world.zone = `news.${holder.name}`;
      expect(await world.look(row)).toBeUndefined();
      world.zone = undefined;
      expect(await world.look(row)).toBe("proven");
    });

    test.each([
      ["a resolver elsewhere that sees another text", [["somebody-elses"]]],
      ["one of two that sees nothing", [[], "seen"]],
      ["resolvers that say nothing at all", ["silent", "silent"]],
    ] as const)("R-36 %s keeps a claim from being verified", async (_, places) => {
      const row = await world.claim(await world.tenant(), someDomain());
      world.prove(row);
      const standing = (place: (typeof places)[number]): OwnershipWorld["elsewhere"][number] =>
        place === "seen" ? [row.challengeToken] : place === "silent" ? "silent" : place;
      world.elsewhere = places.map(standing);
      expect(await world.look(row)).toBeUndefined();
      world.elsewhere = [[row.challengeToken], "silent"];
      expect(await world.look(row)).toBe("proven");
      world.elsewhere = [];
    });
  });

  const suspend = async (row: DomainRow): Promise<void> => {
    gone(row);
    for (const [days, came] of [
      [0, "missed"],
      [3, "warned"],
      [11, "suspended"],
    ] as const) {
      world.pass(days * day);
      expect(await world.look(row)).toBe(came);
    }
  };

  describe("R-33 a proof that is gone", () => {
    test("warns after 3 days, suspends after 14, releases after 30, each at a look that sees it gone", async () => {
      const row = await proven();
      gone(row);
      expect(await world.look(row)).toBe("missed");
      expect(await codesOf(row)).toEqual(expect.arrayContaining(["OwnershipTokenMissing", "OwnershipTokenGone"]));
      world.pass(3 * day - 1);
      expect(await world.look(row)).toBeUndefined();
      world.pass(1);
      expect(await world.look(row)).toBe("warned");
      expect(await codesOf(row)).toContain("OwnershipAtRisk");
      expect(await stateOf(row)).toBe("verified");
      world.pass(11 * day - 1);
      expect(await world.look(row)).toBeUndefined();
      world.pass(1);
      expect(await world.look(row)).toBe("suspended");
      expect(await stateOf(row)).toBe("suspended");
      expect(await codesOf(row)).toContain("ClaimSuspended");
      world.pass(16 * day - 1);
      expect(await world.look(row)).toBeUndefined();
      world.pass(1);
      expect(await world.look(row)).toBe("released");
      expect(await stateOf(row)).toBe("released");
      const next = await world.claim(await world.tenant(), row.name);
      world.standing.set(`_chancery-challenge.${row.name}`, [next.challengeToken]);
      expect(await world.look(next)).toBe("proven");
    });

    test("I-11 a year in which nobody looks changes nothing, and then one look does one step", async () => {
      const row = await proven();
      gone(row);
      await world.look(row);
      world.pass(365 * day);
      expect(await stateOf(row)).toBe("verified");
      expect(await world.look(row)).toBe("warned");
      expect(await world.look(row)).toBe("suspended");
      expect(await world.look(row)).toBeUndefined();
      world.pass(16 * day);
      expect(await world.look(row)).toBe("released");
    });

    test.each(["silent", "half-silent"] as const)(
      "I-12 F-30 servers that are %s for a year take nothing away and prove nothing",
      async (how) => {
        const row = await proven();
        gone(row, how);
        for (let week = 0; week < 52; week++) {
          expect(await world.look(row)).toBeUndefined();
          world.pass(7 * day);
        }
        expect(await stateOf(row)).toBe("verified");
        gone(row);
        expect(await world.look(row)).toBe("missed");
        gone(row, how);
        world.pass(100 * day);
        expect(await world.look(row)).toBeUndefined();
        expect(await stateOf(row)).toBe("verified");
      },
    );

    test("that comes back in time stops the clock, and going again starts a new one", async () => {
      const row = await proven();
      gone(row);
      await world.look(row);
      world.pass(13 * day);
      expect(await world.look(row)).toBe("warned");
      world.prove(row);
      expect(await world.look(row)).toBe("found");
      expect(await codesOf(row)).not.toContain("OwnershipAtRisk");
      gone(row);
      expect(await world.look(row)).toBe("missed");
      world.pass(2 * day);
      expect(await world.look(row)).toBeUndefined();
    });

    test("that comes back after the suspension reinstates the claim; other servers' silence does not", async () => {
      const row = await proven();
      await suspend(row);
      gone(row, "silent");
      world.pass(100 * day);
      expect(await world.look(row)).toBeUndefined();
      expect(await stateOf(row)).toBe("suspended");
      gone(row);
      world.prove(row);
      expect(await world.look(row)).toBe("reinstated");
      expect(await stateOf(row)).toBe("verified");
    });

    test("I-21 a policy that gets shorter shortens no wait that runs", async () => {
      const row = await proven();
      gone(row);
      await world.look(row);
      const before = world.policy;
      world.policy = { ...before, claimWarnAfterSeconds: 1, claimSuspendAfterSeconds: 2, claimReleaseAfterSeconds: 3 };
      world.pass(2 * day);
      expect(await world.look(row)).toBeUndefined();
      world.policy = before;
    });

    test("a fact that a later version wrote stops everything", async () => {
      const row = await proven();
      gone(row);
      await world.look(row);
      const later = { seq: 9, kind: "pardoned", at: 1, trustedMs: 1, evidence: "{}" };
      await db
        .insertInto("claimFacts")
        .values({ domainId: row.id, ...later })
        .execute();
      world.pass(100 * day);
      expect(await world.look(row)).toBeUndefined();
    });
  });

  describe("a record at a usual wrong place", () => {
    test.each([
      ["the domain is doubled", (name: string, domain: string) => `${name}.${domain}`],
      ["the underscore is missing", (name: string) => name.slice(1)],
      ["the first part of the name is missing", (_name: string, domain: string) => domain],
    ])("S14 the proof of control where %s is found, and proves nothing", async (mistake, misplaced) => {
      const row = await world.claim(await world.tenant(), someDomain());
      world.standing.set(misplaced(`_chancery-challenge.${row.name}`, row.name), [row.challengeToken]);
      expect(await world.look(row)).toBeUndefined();
      const { findings } = await domainView(db, await world.now(row), settings, world.clock.seconds);
      const found = findings.find(({ code }) => code === "WrongHost");
      expect(found).toMatchObject({ subject: `_chancery-challenge.${row.name}`, severity: "high" });
      expect(found?.summary).toContain(mistake);
      expect(findings.map(({ code }) => code)).not.toContain("OwnershipTokenMissing");
    });
  });

  test("the audit log names who asked for the look that proved a claim, and the controller for its own", async () => {
    const tenantId = await world.tenant();
    for (const actor of ["tok_somebody", undefined]) {
      const row = await world.claim(tenantId, someDomain());
      world.prove(row);
      expect(await world.lookAs(row, actor)).toBe("proven");
      const log = await db.selectFrom("auditLog").selectAll().where("subject", "=", row.name).execute();
      const entry = log.find(({ action }) => action === "domain.verified");
      expect(entry?.actor).toBe(actor ?? "controller");
    }
  });

  describe("R-34 a domain and names below it", () => {
    test("another tenant may verify a name below with a proof of its own, and the holder above is told without a name", async () => {
      const above = await proven();
      const below = await world.claim(await world.tenant(), `news.${above.name}`);
      world.standing.set(`_chancery-challenge.${below.name}`, [above.challengeToken]);
      expect(await world.look(below)).toBeUndefined();
      gone(below);
      world.prove(below);
      expect(await world.look(below)).toBe("proven");
      const { findings } = await domainView(db, await world.now(above), settings, world.clock.seconds);
      const told = findings.find(({ code }) => code === "VerifiedBelow");
      expect(told).toMatchObject({ subject: below.name, severity: "info" });
      expect(JSON.stringify(findings)).not.toContain(below.tenantId);
      const log = await db.selectFrom("auditLog").selectAll().where("tenantId", "=", above.tenantId).execute();
      const entry = log.find(({ action }) => action === "domain.verified-below");
      expect(JSON.stringify(entry)).toContain(below.name);
      expect(JSON.stringify(entry)).not.toContain(below.tenantId);
    });

    test("who came first below stays, and who comes after above is told", async () => {
      const domain = someDomain();
      const below = await proven(`a.news.${domain}`);
      const above = await proven(domain);
      expect(await stateOf(below)).toBe("verified");
      expect(await codesOf(above)).toContain("VerifiedBelow");
      expect(await codesOf(below)).not.toContain("VerifiedBelow");
    });

    test("a closed domain lets nobody else in below, whether new or waiting; its own tenant may", async () => {
      const above = await proven();
      const waiting = await world.claim(await world.tenant(), `waiting.${above.name}`);
      await closeDomain(db, above.tenantId, above.name, true, "test", 5);
      world.prove(waiting);
      expect(await world.look(waiting)).toBe("closed-above");
      expect(await codesOf(waiting)).toContain("DomainClosed");
      const late = world.claim(await world.tenant(), `deep.late.${above.name}`);
      await expect(late).rejects.toMatchObject({ code: "domain-closed" });
      const own = await world.claim(above.tenantId, `own.${above.name}`);
      world.prove(own);
      expect(await world.look(own)).toBe("proven");
      await closeDomain(db, above.tenantId, above.name, false, "test", 6);
      expect(await world.look(waiting)).toBe("proven");
    });

    test("only a proven claim closes anything", async () => {
      const row = await world.claim(await world.tenant(), someDomain());
      await expect(closeDomain(db, row.tenantId, row.name, true, "test", 5)).rejects.toMatchObject({
        code: "not-ready",
      });
      await expect(world.claim(await world.tenant(), `news.${row.name}`)).resolves.toBeDefined();
    });

    test("a name beside, or one that only ends alike, is none below", async () => {
      const above = await proven();
      await closeDomain(db, above.tenantId, above.name, true, "test", 5);
      await expect(world.claim(await world.tenant(), `not${above.name}`)).resolves.toBeDefined();
      expect(await codesOf(above)).not.toContain("VerifiedBelow");
    });
  });
}
