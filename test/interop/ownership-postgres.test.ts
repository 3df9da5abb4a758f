import { afterAll, beforeAll, describe } from "vitest";
import { describeOwnership } from "../../server/src/service/onboarding/ownership.suite.ts";
import { describeOwnershipHistory } from "../../server/src/service/onboarding/ownership-history.suite.ts";
import { describeOwnershipRace } from "../../server/src/service/onboarding/ownership-race.suite.ts";
import { startPostgres, type PostgresCluster } from "../postgres.ts";

let postgres: PostgresCluster;

beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres.stop());

describe("PostgreSQL", () => {
  const fresh = () => ({ file: "/nonexistent/never-touched.db", url: postgres.createDatabase() });
  describeOwnership(fresh);
  describeOwnershipHistory(fresh);
  describeOwnershipRace(fresh, { claims: 1000, processes: 4 });
});
