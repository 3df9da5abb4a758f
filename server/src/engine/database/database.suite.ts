import { describeChanges } from "./changes.suite.ts";
import { describeClaims } from "./claims.suite.ts";
import { describeIsolation } from "./isolation.suite.ts";
import type { DatabaseOptions } from "./open.ts";
import { describeProcesses } from "./processes.suite.ts";
import { describeRows } from "./rows.suite.ts";
import { describeZoneChanges } from "./zone-changes.suite.ts";
import { describeTransactions } from "./transactions.suite.ts";

/** Everything that has to hold on SQLite and on PostgreSQL alike. `fresh` answers the options of an empty database at each call. */
export function describeDatabase(fresh: () => Promise<DatabaseOptions>): void {
  describeTransactions(fresh);
  describeClaims(fresh);
  describeChanges(fresh);
  describeRows(fresh);
  describeZoneChanges(fresh);
  describeIsolation(fresh);
  describeProcesses(fresh);
}
