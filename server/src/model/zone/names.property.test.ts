// Threats 21 and 22: whatever a tenant writes as a name and as data, the zone file that others read holds that name and that data, and
// no more.
import {
  buildZone,
  formatZoneFile,
  isAtOrBelow,
  nameData,
  parseZoneFile,
  type ResourceRecord,
  soaData,
  TYPE,
} from "chancery/dns";
import { expect, test } from "vitest";
import { hostileRecord } from "../../../../test/fakes/hostile-records.ts";
import { Random } from "../../../../test/fuzz/random.ts";
import { timingPresets } from "../rotation/timing-policy.ts";
import { planChanges } from "./change.ts";
import { recordsOf, rrsetsOf } from "./rrset.ts";
import { lookupOf } from "./zone-lookup.ts";

const origin = "example.com";
const times = { serial: 1, refresh: 3600, retry: 600, expire: 1_814_400, minimum: 300 };
const apex: ResourceRecord[] = [
  {
    name: origin,
    type: TYPE.SOA,
    ttl: 300,
    data: soaData({ mname: "ns.example.net", rname: "h.example.net", ...times }),
  },
  { name: origin, type: TYPE.NS, ttl: 3600, data: nameData("ns.example.net") },
];
const zone = lookupOf(origin, rrsetsOf(apex));
const context = { editor: "tenant", wildcardKeys: "refused", policy: timingPresets.default } as const;
const line = ({ name, type, data }: ResourceRecord): string => `${name} ${type} ${Buffer.from(data).toString("hex")}`;

test("threats 21 and 22: a zone file holds exactly the names and the data that were taken, whatever was written", () => {
  const random = new Random("hostile records", 1);
  let taken = 0;
  for (let round = 0; round < 20_000; round++) {
    const written = hostileRecord(random);
    const plan = planChanges(zone, [{ do: "put", ...written }], context);
    if (!plan.ok || plan.problems.some(({ severity }) => severity === "error")) continue;
    const [difference] = plan.differences;
    if (difference?.after === undefined || difference.name === origin) continue;
    taken++;
    expect(isAtOrBelow(difference.name, origin), difference.name).toBe(true);
    const records = [...apex, ...recordsOf(difference.after)];
    expect(buildZone(origin, records).ok, JSON.stringify(written)).toBe(true);
    const read = parseZoneFile(formatZoneFile(origin, records), { origin });
    expect(read.ok && read.value.map(line), JSON.stringify(written)).toEqual(records.map(line));
  }
  expect(taken).toBeGreaterThan(500); // else nothing was tried
});
