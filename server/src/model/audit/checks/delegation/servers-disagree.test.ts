import { expect, test } from "vitest";
import { serversAgree } from "./servers-disagree.ts";
import { alias, keyName, lookAt, name, records, zone, zoneWithAddress } from "./test-evidence.ts";

const soa = (serial: number, primary = "ns1.customer.example") => ({
  soa: { primary, serial, refreshSeconds: 3600, negativeTtlSeconds: 300 },
});

test("AUD-C-06 a stale secondary: another key, an older serial", () => {
  const found = lookAt(serversAgree, [zoneWithAddress(soa(6))], [name(records(), records("v=DKIM1; p=old"))]);
  expect(found).toMatchObject([
    {
      code: "ResolversDisagree",
      severity: "medium",
      subject: keyName,
      summary:
        "the servers of customer.example give different answers for s1._domainkey.customer.example; 9.2.2.2 has an older version of the zone; what is wrong lives in caches for 300 s after the last server is right",
      evidence: [
        `${keyName}: TXT "v=DKIM1; p=abc" at 9.1.1.1`,
        `${keyName}: TXT "v=DKIM1; p=old" at 9.2.2.2`,
        "ns1.customer.example (9.1.1.1): serial 7",
        "ns2.customer.example (9.2.2.2): serial 6",
      ],
    },
  ]);
});

test("AUD-C-06 one finding for a zone, however many names differ", () => {
  const other = { name: "s2._domainkey.customer.example" };
  const absent = { state: "absent", reason: "nxdomain" } as const;
  const found = lookAt(serversAgree, [zone()], [name(records(), absent), name(records(), absent, other)]);
  expect(found).toMatchObject([{ subject: "customer.example" }]);
});

test("AUD-D-05 an older serial alone is a lesser finding, in serial arithmetic", () => {
  const found = lookAt(serversAgree, [zoneWithAddress(soa(4_294_967_295))], [name(records())]);
  expect(found).toMatchObject([{ code: "SerialsDiffer", severity: "low", subject: "customer.example" }]);
});

test.each([
  ["the same everywhere", [zone()], [name(records())]],
  ["one server that gave no answer", [zone()], [name(records(), { state: "unknown", reason: "timeout" })]],
  ["one server that truncates", [zone()], [name(records(), { state: "truncated" })]],
  [
    "serials of two primaries, each counting for itself",
    [zoneWithAddress(soa(99, "ns2.customer.example"))],
    [name(records())],
  ],
  ["AUD-C-07 alias and key under one serial, which is another fault", [zone()], [name(records(), alias())]],
  ["other TTLs", [zone()], [name(records(), { state: "records", texts: ["v=DKIM1; p=abc"], ttlSeconds: 9 })]],
])("AUD-C-06 no finding: %s", (_title, zones, names) => {
  expect(lookAt(serversAgree, zones, names)).toBe("passed");
});
