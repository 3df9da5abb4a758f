import { globSync, readFileSync } from "node:fs";
import { defineConfig } from "vitest/config";
import LongestFirst from "./test/run/longest-first.ts";

/** Continuous integration runs on noisy machines: there a test that waits for something gets a second try, and has to pass it. */
const retry = process.env["CI"] === undefined ? 0 : 1;

/** One a core: by itself Vitest leaves a core free, which on a machine of two is half of it. */
const maxWorkers = "100%";

const temporaryFiles = "test/run/temporary-files.ts";

/** The tests that ask for an empty database, and so have to hold on either. */
const onBothDatabases = globSync("server/src/**/*.test.ts").filter((file) =>
  /\/fresh(-stages)?\.fixture\.ts"/.test(readFileSync(file, "utf8")),
);

/**
 * `unit` needs Node alone. `interop` runs against real peers (MTAs, name servers, PostgreSQL) that the machine has to bring. `postgres` runs what
 * `unit` ran on SQLite once more, on PostgreSQL.
 */
export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        test: {
          name: "unit",
          include: ["{protocol,api,server}/src/**/*.test.ts", "test/*.test.ts"],
          globalSetup: [temporaryFiles],
          testTimeout: 20_000,
          // Modules are loaded once for all files of a worker: loading them for each of 250 took half of the whole run.
          isolate: false,
          maxWorkers,
          retry,
        },
      },
      {
        test: {
          name: "postgres",
          include: onBothDatabases,
          globalSetup: [temporaryFiles, "test/run/postgres.ts"],
          testTimeout: 60_000,
          isolate: false,
          maxWorkers,
          retry,
        },
      },
      {
        test: {
          name: "interop",
          include: ["test/{interop,e2e,crash}/**/*.test.ts"],
          globalSetup: [temporaryFiles],
          testTimeout: 300_000,
          hookTimeout: 120_000,
          // Most of their time they wait; each has addresses and ports of its own.
          maxWorkers,
          retry,
        },
      },
    ],
  },
});
