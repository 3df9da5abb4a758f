// DNS-B-09 in four hundred generated zones: what has a descendant exists (RFC 4592 §2.2.2, RFC 8020).
import {
  answer,
  buildZone,
  formatMessage,
  parentName,
  parseMessage,
  parseZoneFile,
  TYPE,
  zoneSet,
  plainQuery,
} from "chancery/dns";
import { expect, test } from "vitest";
import { zoneFamily } from "./interop/dns-compare/generate-zones.ts";

const families = Array.from({ length: 200 }, (_, index) => zoneFamily(9, index));

/** CNAME is what no alias is followed for, so that the RCODE is that of the name itself. */
const queryFor = (name: string): Uint8Array => formatMessage(plainQuery(name, TYPE.CNAME, { id: 0 }));

test("DNS-B-09 no name with records, and none above one, is NXDOMAIN", () => {
  let asked = 0;
  for (const family of families) {
    const zones = zoneSet(
      family.map(({ origin, text }) => {
        const records = parseZoneFile(text, { origin });
        const zone = buildZone(origin, records.ok ? records.value : expect.fail(records.problem));
        return zone.ok ? zone.value : expect.fail(zone.problem);
      }),
    );
    const above = family.flatMap(({ origin, owners }) => owners.flatMap((owner) => upTo(origin, owner)));
    for (const name of new Set(above)) {
      const reply = parseMessage(answer(zones, queryFor(name), "tcp") ?? new Uint8Array(0));
      expect(reply.ok && [name, reply.value.rcode]).toEqual([name, 0]);
      asked++;
    }
  }
  expect(asked).toBeGreaterThan(10_000);
});

/** A name and those above it, as far as the apex. */
function upTo(origin: string, owner: string): string[] {
  const names: string[] = [];
  for (let name: string | undefined = owner; name !== undefined && name !== origin; name = parentName(name))
    names.push(name);
  return [...names, origin];
}
