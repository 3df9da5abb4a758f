import { afterAll, beforeAll, describe } from "vitest";
import { describeDnssec } from "../../server/src/service/dnssec/dnssec.suite.ts";
import { describeLifecycle } from "../../server/src/service/lifecycle/lifecycle.suite.ts";
import { describeRegistrations } from "../../server/src/service/registration/registrations.suite.ts";
import { describeReports } from "../../server/src/service/reports/reports.suite.ts";
import { startPostgres, type PostgresCluster } from "../postgres.ts";

let postgres: PostgresCluster;

beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres.stop());

describe("PostgreSQL", () => {
  describeDnssec(() => ({ file: "/nonexistent/never-touched.db", url: postgres.createDatabase() }));
  describeRegistrations(() => ({ file: "/nonexistent/never-touched.db", url: postgres.createDatabase() }));
  describeReports(() => ({ file: "/nonexistent/never-touched.db", url: postgres.createDatabase() }));
  describeLifecycle(() => ({ file: "/nonexistent/never-touched.db", url: postgres.createDatabase() }));
});
