import { afterAll, beforeAll, describe } from "vitest";
import { describeSigners } from "../../server/src/app/signer-leases.suite.ts";
import { startPostgres, type PostgresCluster } from "../postgres.ts";

let postgres: PostgresCluster;

beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres.stop());

describe("PostgreSQL", () => {
  describeSigners(() => ({ file: "/nonexistent/never-touched.db", url: postgres.createDatabase() }));
});
