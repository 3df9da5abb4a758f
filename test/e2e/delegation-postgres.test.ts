import { afterAll, describe } from "vitest";
import { type PostgresCluster, startPostgres } from "../postgres.ts";
import { delegationSuite } from "./delegation.suite.ts";

describe("on PostgreSQL", () => {
  let cluster: PostgresCluster | undefined;
  afterAll(() => cluster?.stop());

  delegationSuite({
    net: 82,
    customers: [{ domain: "ring.example", method: "cname-ring" }],
    settings: async () => {
      cluster = await startPostgres();
      return { "database.url": cluster.url };
    },
  });
});
