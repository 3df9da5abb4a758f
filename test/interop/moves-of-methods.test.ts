// Every move from one delegation method to another on SQLite, and the ways that most go on PostgreSQL.
import { join } from "node:path";
import { afterAll, beforeAll, describe } from "vitest";
import { describeJourneys, everyWay, mainWays } from "../../server/src/app/moves.suite.ts";
import { newId } from "../../server/src/engine/database/id.ts";
import { noWayTo } from "../../server/src/model/delegation/move-ways.ts";
import { startPostgres, type PostgresCluster } from "../postgres.ts";
import { temporaryDirectory } from "../rig/peer.ts";

const directory = temporaryDirectory("moves-of-methods");
let postgres: PostgresCluster;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(async () => {
  await postgres.stop();
  directory.remove();
});

const claim = { domain: "mail.customer.example", label: "s", seed: "", challengeToken: "", options: {} };

describe("SQLite", () => {
  describeJourneys(
    () => ({ file: join(directory.path, `${newId("dom")}.db`) }),
    everyWay((from, to) => noWayTo(to, { ...claim, method: from }) === undefined),
  );
});
describe.concurrent("PostgreSQL", () => {
  describeJourneys(() => ({ file: "/nonexistent/never-touched.db", url: postgres.createDatabase() }), mainWays);
});
