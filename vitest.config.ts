import { defineConfig } from "vitest/config";
import LongestFirst from "./test/run/longest-first.ts";

/** Continuous integration runs on noisy machines: there a test that waits for something gets a second try, and has to pass it. */
const retry = process.env["CI"] === undefined ? 0 : 1;

/** One a core: by itself Vitest leaves a core free, which on a machine of two is half of it. */
const maxWorkers = "100%";

/** `unit` needs Node alone. `interop` runs against real peers (MTAs, name servers, PostgreSQL) that the machine has to bring. */
export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    globalSetup: ["test/run/temporary-files.ts"],
    projects: [
      {
        test: {
          name: "unit",
          include: ["{protocol,api,server}/src/**/*.test.ts", "test/*.test.ts"],
          testTimeout: 20_000,
          // Modules are loaded once for all files of a worker: loading them for each of 250 took half of the whole run.
          isolate: false,
          maxWorkers,
          retry,
        },
      },
      {
        test: {
          name: "interop",
          include: ["test/{interop,e2e,crash}/**/*.test.ts"],
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
