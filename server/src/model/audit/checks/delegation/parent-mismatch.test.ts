import { expect, test } from "vitest";
import type { ZoneEvidence } from "../../evidence/delegation.ts";
import { parentAndZoneAgree } from "./parent-mismatch.ts";
import { lookAt, zone, zoneWithAddress } from "./test-evidence.ts";

const [ns1, ns2, ns3] = [1, 2, 3].map((number) => `ns${number}.customer.example`) as [string, string, string];
const delegated = (...names: string[]) => ({ delegated: { names, ttlSeconds: 1800 } });

test.each<[title: string, seen: ZoneEvidence, problem: string]>([
  ["the parent lists one more", zone(delegated(ns1, ns2, ns3)), `only the parent lists ${ns3}`],
  ["the zone lists one more", zone(delegated(ns1)), `only the zone lists ${ns2}`],
  [
    "one server of the zone lists another set",
    zoneWithAddress({ ns: { names: [ns1, ns3], ttlSeconds: 7200 } }),
    `only the parent lists ${ns2}`,
  ],
  [
    "one server of the parent has the old delegation",
    zone({ parents: [{ address: "9.9.9.9", state: "delegated", names: [ns1, ns3] }] }),
    `9.9.9.9, a server of the parent, lists ${ns1}, ${ns3}`,
  ],
  [
    "one server of the parent has none",
    zone({ parents: [{ address: "9.9.9.9", state: "absent" }] }),
    "9.9.9.9, a server of the parent, has no delegation of customer.example",
  ],
])("AUD-D-01 %s", (_title, seen, problem) => {
  expect(lookAt(parentAndZoneAgree, [seen])).toMatchObject([
    {
      code: "ParentMismatch",
      severity: "medium",
      subject: "customer.example",
      summary: `example and customer.example list different name servers: ${problem}`,
    },
  ]);
});

const { delegated: _, ...undelegated } = zone();
test.each<[title: string, seen: ZoneEvidence]>([
  ["the same set in another order", zone(delegated(ns2, ns1))],
  ["a zone that gave no NS set", zone({ addresses: zone().addresses.map(({ ns: _ns, ...rest }) => rest) })],
  ["parent and zone on the same servers", undelegated],
  [
    "a parent's server that gave no answer",
    zone({ parents: [{ address: "9.9.9.9", state: "unknown", reason: "timeout" }] }),
  ],
])("AUD-D-01 no finding: %s", (_title, seen) => {
  expect(lookAt(parentAndZoneAgree, [seen])).toBe("passed");
});
