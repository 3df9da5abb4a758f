import { readAddress, readName, TYPE, typeName } from "chancery/dns";
import { expect, test } from "vitest";
import { everyRow } from "../../engine/database/page.ts";
import { listRecords } from "../../engine/database/records.ts";
import { findZoneByOrigin } from "../../engine/database/zones.ts";
import { freshDatabase } from "../../engine/database/fresh.fixture.ts";
import { contains, dns, type Stage, stageOf } from "./lifecycle.fixture.ts";
import { refreshOwnZones } from "./own-zones.ts";

async function apexOf({ db }: Stage, origin: string): Promise<{ serial: number; lines: string[] }> {
  const zone = await findZoneByOrigin(db, origin);
  if (zone === undefined) return { serial: 0, lines: [] };
  const lines: string[] = [];
  for await (const { name, type, data } of everyRow((page) => listRecords(db, zone.id, page)))
    if (type === TYPE.NS) lines.push(`${name} NS ${readName(data)}`);
    else if (type === TYPE.A) lines.push(`${name} A ${readAddress(data)}`);
    else lines.push(`${name} ${typeName(type)}`);
  return { serial: zone.serial, lines: lines.sort() };
}

test("the zone of our targets is there before the first key, and a second look changes nothing", async () => {
  const made = await stageOf(await freshDatabase());
  const context = { dns, policy: made.settings.policy, now: made.wallSeconds() };
  expect(await refreshOwnZones(made.db, context)).toEqual([dns.zone]);
  const first = await apexOf(made, dns.zone);
  expect(first.lines).toContain(`${dns.zone} SOA`);
  expect(first.lines).toContain(`${dns.zone} NS ${dns.nameservers[0]!.name}`);
  expect(await refreshOwnZones(made.db, context)).toEqual([]);
  expect(await apexOf(made, dns.zone)).toEqual(first);
  await made.close();
});

test("a name server that is added or moved shows in our zone and in every delegated one, under a higher serial", async () => {
  const made = await stageOf(await freshDatabase(), { method: "ns-branch" });
  made.publishAll();
  await made.run(made.controller(), contains("active"));
  const branch = "s._domainkey.customer.example";
  const before = { service: await apexOf(made, dns.zone), branch: await apexOf(made, branch) };
  const added = { name: `ns9.${dns.zone}`, addresses: ["192.0.2.99"] };
  const context = {
    dns: { ...dns, nameservers: [...dns.nameservers, added] },
    policy: made.settings.policy,
    now: made.wallSeconds(),
  };
  expect(await refreshOwnZones(made.db, context)).toEqual([dns.zone, branch]);
  const after = { service: await apexOf(made, dns.zone), branch: await apexOf(made, branch) };
  expect(after.service.lines).toContain(`ns9.${dns.zone} A 192.0.2.99`);
  expect(after.service.lines.filter((line) => line.endsWith("A 192.0.2.99"))).toHaveLength(2); // its own name, and the claim's
  expect(after.branch.lines.filter((line) => line.includes(" NS "))).toHaveLength(dns.nameservers.length + 1);
  expect(after.branch.lines.filter((line) => line.endsWith("TXT"))).toEqual(
    before.branch.lines.filter((line) => line.endsWith("TXT")),
  );
  expect(after.service.serial).toBeGreaterThan(before.service.serial);
  expect(after.branch.serial).toBeGreaterThan(before.branch.serial);
  await made.close();
});

test("the zone of the names that we hold is there before the first of them, and an earlier one goes on", async () => {
  const made = await stageOf(await freshDatabase());
  const holding = (heldZone: string) => ({
    dns: { ...dns, heldZone },
    policy: made.settings.policy,
    now: made.wallSeconds(),
  });
  expect(await refreshOwnZones(made.db, holding("held.example"))).toEqual([dns.zone, "held.example"]);
  expect((await apexOf(made, "held.example")).lines).toContain(`held.example NS ${dns.nameservers[0]!.name}`);
  expect(await refreshOwnZones(made.db, holding("held.example"))).toEqual([]);
  expect(await refreshOwnZones(made.db, holding("newer.example"))).toEqual(["newer.example"]);
  expect((await apexOf(made, "held.example")).lines).toContain("held.example SOA");
  await made.close();
});
