import { defineConfig } from "vitest/config";

/** `unit` needs Node alone. `interop` runs against real peers (MTAs, name servers, PostgreSQL) that the machine has to bring. */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "unit",
          include: ["{protocol,api,server}/src/**/*.test.ts", "test/*.test.ts"],
          testTimeout: 20_000,
        },
      },
      {
        test: {
          name: "interop",
          include: ["test/{interop,e2e,crash}/**/*.test.ts"],
          testTimeout: 300_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
