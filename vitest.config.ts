import { defineConfig } from "vitest/config";

/** Continuous integration runs on noisy machines: there a test that waits for something gets a second try, and has to pass it. */
const retry = process.env["CI"] === undefined ? 0 : 1;

/** `unit` needs Node alone. `interop` runs against real peers (MTAs, name servers, PostgreSQL) that the machine has to bring. */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "unit",
          include: ["{protocol,api,server}/src/**/*.test.ts", "test/*.test.ts"],
          testTimeout: 20_000,
          // Modules are loaded once for all files of a worker: loading them for each of 250 took half of the whole run.
          isolate: false,
          retry,
        },
      },
      {
        test: {
          name: "interop",
          include: ["test/{interop,e2e,crash}/**/*.test.ts"],
          testTimeout: 300_000,
          hookTimeout: 120_000,
          fileParallelism: false,
          retry,
        },
      },
    ],
  },
});
