import { afterAll, beforeAll, describe } from "vitest";
import { describeZoneChanges } from "../../server/src/service/zone/change.suite.ts";
import { startPostgres, type PostgresCluster } from "../postgres.ts";

let postgres: PostgresCluster;

beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres.stop());

describe("PostgreSQL", () => {
  describeZoneChanges(() => ({ file: "/nonexistent/never-touched.db", url: postgres.createDatabase() }));
});
