import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findRegistration } from "../../engine/database/registrations.ts";
import { insertDomain } from "../../engine/database/domains.ts";
import { newId } from "../../engine/database/id.ts";
import { type DatabaseOptions, openDatabase } from "../../engine/database/open.ts";
import { addTenant, someDomain } from "../../engine/database/rows.fixture.ts";
import type { Database } from "../../engine/database/schema.ts";
import { transact } from "../../engine/database/transact.ts";
import { askRegistry } from "../../engine/rdap/ask-registry.ts";
import { askDueRegistrations, type RegistrationDeps } from "./ask-due.ts";
import { registrations, tellExpiry } from "./registrations.ts";

const hour = 3600;

/** The watch over registrations, on a database of either kind, with a registry that a test speaks for. */
export function describeRegistrations(fresh: () => Promise<DatabaseOptions>): void {
  let db: Database;
  let registry: Server;
  let answer: RequestListener;
  let asked = 0;
  const clock = { now: 1_770_000_000 };
  const ends =
    (date: string): RequestListener =>
    (_request, response) => {
      const events = [{ eventAction: "expiration", eventDate: date }];
      response.end(JSON.stringify({ objectClassName: "domain", ldhName: "held.example", events }));
    };
  const deps = (): RegistrationDeps => ({
    db,
    now: () => clock.now,
    heldZone: async () => "names.held.example",
    ask: (name) => {
      const { port } = registry.address() as AddressInfo;
      return askRegistry(name, { url: `http://127.0.0.1:${port}`, allowPrivate: true });
    },
  });
  const row = () => findRegistration(db, "held.example");
  beforeAll(async () => {
    db = await openDatabase(await fresh());
    registry = createServer((request, response) => {
      asked++;
      answer(request, response);
    });
    await new Promise<void>((resolve) => registry.listen(0, "127.0.0.1", resolve));
  });
  afterAll(async () => {
    registry.close();
    await db.destroy();
  });

  describe("the registration of the domain that names are held in", () => {
    test("nobody is asked while no name is held for anybody", async () => {
      expect(await askDueRegistrations(deps())).toEqual([]);
      expect(await registrations(db)).toEqual([]);
      await expect(tellExpiry(db, { name: "held.example", expiresAt: 1, by: "me", now: 1 })).rejects.toThrow("no name");
    });

    test("is asked for once a day, by one of several, and after an hour where there was no answer", async () => {
      const tenantId = await addTenant(db);
      const claim = { ...someDomain(tenantId, newId("dom")), method: "third-party-domain" } as const;
      await transact(db, (trx) => insertDomain(trx, claim));
      answer = ends("2027-03-31T00:00:00Z");
      await Promise.all([askDueRegistrations(deps()), askDueRegistrations(deps()), askDueRegistrations(deps())]);
      expect(asked).toBe(1);
      const until = Date.UTC(2027, 2, 31) / 1000;
      expect(await row()).toMatchObject({ seenExpiresAt: until, seenAt: clock.now, problem: null });
      clock.now += 23 * hour;
      await askDueRegistrations(deps());
      expect(asked).toBe(1);

      clock.now += hour;
      answer = (_request, response) => response.writeHead(503).end();
      await askDueRegistrations(deps());
      expect(await row()).toMatchObject({
        seenExpiresAt: until,
        seenAt: clock.now - 24 * hour,
        problem: "it answers 503",
      });
      clock.now += hour;
      answer = ends("2028-03-31");
      await askDueRegistrations(deps());
      expect(await row()).toMatchObject({ seenExpiresAt: Date.UTC(2028, 2, 31) / 1000, problem: null });
      expect(asked).toBe(3);
    });

    test("a clock that was a year ahead puts off nothing", async () => {
      clock.now += 365 * 24 * hour;
      await askDueRegistrations(deps());
      const before = asked;
      clock.now -= 365 * 24 * hour;
      await askDueRegistrations(deps());
      expect(asked).toBe(before + 1);
    });

    test("may be told by hand", async () => {
      const told = await tellExpiry(db, { name: "held.example", expiresAt: 42, by: "me", now: clock.now });
      expect(told).toMatchObject({ toldExpiresAt: 42, toldAt: clock.now });
    });
  });
}
