import { describe } from "vitest";
import { delegationSuite } from "./delegation.suite.ts";

describe("on SQLite", () => {
  delegationSuite({
    net: 81,
    customers: [
      { domain: "ring.example", method: "cname-ring" },
      { domain: "branch.example", method: "ns-branch" },
    ],
    settings: () => ({}),
  });
});
