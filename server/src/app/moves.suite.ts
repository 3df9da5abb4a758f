import { describe, expect, test } from "vitest";
import type { DatabaseOptions } from "../engine/database/open.ts";
import type { MethodName } from "../model/delegation/delegation.ts";
import { customerOf } from "./moves.fixture.ts";

/** A claim that begins with the first method, and moves on from each to the next. */
export type Journey = readonly [MethodName, ...MethodName[]];

/** The ways that most go, and those that are hardest: into a delegation that hides names, and out of it. */
export const mainWays: readonly Journey[] = [
  ["txt", "cname-ring", "ns-subdomain", "cname-ring"],
  ["customer-key", "ns-domainkey", "customer-key"],
];

const between: readonly MethodName[] = [
  "cname-ring",
  "ns-domainkey",
  "ns-subdomain",
  "cname-series",
  "txt",
  "ns-branch",
];
/** Old keys make every turn of a longer one dearer. */
const movesMax = 5;

/** Every move that is made where keys are ours, in journeys that begin in a ring: the moves left are walked until none begins where the last one ended. */
export function everyWay(isWay: (from: MethodName, to: MethodName) => boolean): Journey[] {
  const left = new Map(between.map((from) => [from, between.filter((to) => isWay(from, to))]));
  const journeys: Journey[] = [];
  for (const [start, ways] of left)
    while (ways.length > 0) {
      const journey: [MethodName, ...MethodName[]] = start === "cname-ring" ? [start] : ["cname-ring", start];
      for (let next = ways.shift(); next !== undefined;) {
        journey.push(next);
        next = journey.length > movesMax ? undefined : left.get(next)?.shift();
      }
      journeys.push(journey);
    }
  return journeys;
}

/** At every turn of a journey whatever mail may be signed with answers, and whatever others have. */
export function describeJourneys(fresh: () => Promise<DatabaseOptions>, journeys: readonly Journey[]): void {
  describe("a customer who does what it is told, and nothing else", () => {
    test.each(journeys.map((journey) => [journey.join(" → "), journey] as const))(
      "S18 I-3 %s",
      async (_, [first, ...others]) => {
        const customer = await customerOf(await fresh(), first);
        try {
          await customer.begin();
          for (const to of others) {
            expect(await customer.move(to), to).toContain("delegated");
            expect((await customer.view()).status, to).toBe("valid");
          }
        } finally {
          await customer.stage.close();
        }
      },
      300_000,
    );
  });
}
