import { afterEach, describe, expect, test } from "vitest";
import type { DatabaseOptions } from "../engine/database/open.ts";
import type { MethodName } from "../model/delegation/delegation.ts";
import { type Customer, customerOf } from "./moves.fixture.ts";

/**
 * One claim that makes every move there is, each once, each from where the one before it led: at every turn whatever mail may be signed with
 * answers, and whatever others have.
 */
export function describeMovesOfMethods(fresh: () => DatabaseOptions, journeys: readonly (readonly MethodName[])[]): void {
  const customers: Customer[] = [];
  afterEach(async () => {
    for (const { stage } of customers.splice(0)) await stage.close();
  });

  describe("a customer who does what it is told, and nothing else", () => {
    test.each(journeys.map((journey) => [journey.join(" → "), journey] as const))("S18 I-3 %s", async (_, journey) => {
      const customer = await customerOf(fresh(), journey[0]);
      customers.push(customer);
      await customer.begin();
      for (const to of journey.slice(1)) {
        const stages = await customer.move(to);
        expect(stages.slice(0, 3), to).toEqual(expect.arrayContaining(["delegated"]));
        expect((await customer.view()).status, to).toBe("valid");
      }
    }, 300_000);
  });
}
