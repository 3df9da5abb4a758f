import { expect, test } from "vitest";
import { glueIsFresh } from "./glue-stale.ts";
import { lookAt, server, zone } from "./test-evidence.ts";

const listed = (name: string, glue: string[], own: string[]) => [zone({ servers: [server(name, { glue, own })] })];

test("AUD-D-04 glue that the zone does not know is stale", () => {
  expect(lookAt(glueIsFresh, listed("ns1.customer.example", ["9.1.1.1", "9.9.9.9"], ["9.1.1.1"]))).toMatchObject([
    {
      code: "GlueStale",
      severity: "medium",
      subject: "ns1.customer.example",
      summary: "the parent gives 9.9.9.9 for ns1.customer.example, the zone itself does not",
      evidence: ["glue at the parent: 9.1.1.1, 9.9.9.9", "by customer.example itself: 9.1.1.1"],
    },
  ]);
});

test.each([
  ["the same addresses", listed("ns1.customer.example", ["9.1.1.1"], ["9.1.1.1"])],
  ["fewer at the parent", listed("ns1.customer.example", ["9.1.1.1"], ["9.1.1.1", "2a00::1"])],
  ["own addresses that could not be learnt", listed("ns1.customer.example", ["9.9.9.9"], [])],
  ["a server outside the zone, where glue is no more than a hint", listed("ns1.esp.test", ["9.9.9.9"], ["9.1.1.1"])],
])("AUD-D-04 no finding: %s", (_title, zones) => {
  expect(lookAt(glueIsFresh, zones)).toBe("passed");
});
