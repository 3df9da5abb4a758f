import * as fc from "fast-check";
import { expect, test } from "vitest";
import { TYPE, txtData, type ResourceRecord } from "./record.ts";
import { parseZoneFile } from "./zone-file.ts";
import { zoneFromWire, zoneToWire } from "./zone-wire.ts";
import { buildZone, zoneRecords, type Zone } from "./zone.ts";

const soa = parseZoneFile("@ 60 SOA ns1 h 7 2 3 4 5\n@ 60 NS ns1", { origin: "example.com" });
const label = fc.constantFrom("a", "b", "*", "_domainkey", String.raw`\000`);
const zone = fc
  .array(
    fc.tuple(
      fc.array(label, { minLength: 1, maxLength: 5 }),
      fc.constantFrom<number>(TYPE.TXT, 65_280, TYPE.SPF),
      fc.nat(600),
    ),
    { maxLength: 30 },
  )
  .map((rows): Zone => {
    const records = rows.map(([labels, type, n]): ResourceRecord => ({
      name: [...labels, "example.com"].join("."),
      type,
      ttl: n,
      data: txtData("x".repeat(n)),
    }));
    const built = buildZone("example.com", [...records, ...(soa.ok ? soa.value : [])]);
    return built.ok ? built.value : expect.fail(built.problem);
  });
const wireOf = (zone: Zone): Uint8Array => Buffer.concat([...zoneToWire(zone)]);

test("a zone comes back from its octets laid out as it was", () => {
  fc.assert(
    fc.property(zone, (before) => {
      const after = zoneFromWire(wireOf(before));
      if (!after.ok) expect.fail(after.problem);
      expect([...zoneRecords(after.value)]).toEqual([...zoneRecords(before)]);
      expect({ ...after.value, warnings: [] }).toEqual({ ...before, warnings: [] });
    }),
  );
});

test("octets that were changed or cut give a zone or a problem, never an exception", () => {
  fc.assert(
    fc.property(zone, fc.nat(), fc.nat(255), fc.nat(), (before, at, octet, cut) => {
      const bytes = wireOf(before).slice();
      bytes[at % bytes.length] = octet;
      expect(typeof zoneFromWire(bytes).ok).toBe("boolean");
      expect(zoneFromWire(wireOf(before).subarray(0, cut % bytes.length)).ok).toBe(false);
    }),
    { numRuns: 1000 },
  );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
      expect(zoneFromWire(bytes).ok).toBe(false);
    }),
  );
});
