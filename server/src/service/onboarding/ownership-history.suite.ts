import * as fc from "fast-check";
import { expect, test } from "vitest";
import { type DatabaseOptions, openDatabase } from "../../engine/database/open.ts";
import type { DomainRow } from "../../engine/database/schema.ts";
import type { MethodName } from "../../model/delegation/delegation.ts";
import { issuedNames, methodOf } from "../../model/delegation/delegation-methods.ts";
import { isWithin } from "../../model/zone-content.ts";
import { claimOf } from "./claim.ts";
import { removeDomain } from "./domains.ts";
import { dns, ownershipWorld } from "./ownership.fixture.ts";

type Deed = { tenant: number; domain: number; method: MethodName; does: "add" | "remove" | "look" };

const deeds = fc.array(
  fc.record<Deed>({
    tenant: fc.nat({ max: 2 }),
    domain: fc.nat({ max: 1 }),
    method: fc.constantFrom<MethodName>("cname-ring", "ns-branch", "cname-series"),
    does: fc.constantFrom("add", "add", "remove", "look"),
  }),
  { minLength: 8, maxLength: 40 },
);

/** Whatever tenants claim, verify, give up and claim again: nothing that was ever handed out is handed out twice. */
export function describeOwnershipHistory(fresh: () => Promise<DatabaseOptions>): void {
  test("R-30 R-35 I-16 over any history no target, host name or token is ever issued twice, and none is taken back", async () => {
    const db = await openDatabase(await fresh());
    const world = ownershipWorld(db);
    let run = 0;
    await fc.assert(
      fc.asyncProperty(deeds, async (history) => {
        run++;
        const tenants = await Promise.all([0, 1, 2].map(() => world.tenant()));
        const claims = new Map<string, DomainRow>();
        const handedOut = new Map<string, string>();
        for (const { tenant, domain, method, does } of history) {
          const place = `${tenant} ${domain}`;
          const there = claims.get(place);
          if (does === "add" && there === undefined) {
            const row = await world.claim(tenants[tenant]!, `customer${run}-${domain}.example`, method);
            claims.set(place, row);
            world.prove(row);
            for (const name of [...namesOf(row), row.challengeToken]) {
              expect(handedOut.has(name), `${name} is new`).toBe(false);
              handedOut.set(name, row.id);
            }
          } else if (there !== undefined && does === "remove") {
            await removeDomain(db, there.tenantId, there.name, "test", world.clock.seconds);
            claims.delete(place);
          } else if (there !== undefined) await world.look(there);
        }
        const issued = await db.selectFrom("issuedNames").select(["name", "domainId"]).execute();
        const ours = new Map(issued.map(({ name, domainId }) => [name, domainId]));
        for (const [name, id] of handedOut)
          expect(name.startsWith("chancery-") || ours.get(name) === id, `${name} stays with its claim`).toBe(true);
      }),
      { numRuns: 8 },
    );
    await db.destroy();
  });
}

const namesOf = (row: DomainRow): string[] => issuedNames(claimOf(row), ["primary"], dns).map(({ name }) => name);

const provable: readonly MethodName[] = [
  "ns-subdomain",
  "ns-domainkey",
  "ns-branch",
  "cname-ring",
  "cname-series",
  "txt",
  "customer-key",
];

/** what every method asks for stands outside of what it delegates to us. */
export function describeProofPlace(): void {
  test.each(provable)("R-31 %s: the proof stands outside of the zone that is delegated", (method) => {
    const claim = {
      domain: "email.customer.example",
      method,
      label: "s",
      seed: "seed",
      challengeToken: "token",
      options: {},
    };
    const zone = methodOf(method).ownZone(claim);
    const name = methodOf(method).challengeName(claim);
    expect(zone !== undefined && name !== undefined && isWithin(name, zone)).toBe(false);
  });
}
