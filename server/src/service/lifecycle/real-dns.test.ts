import { formatZoneFile, TYPE } from "chancery/dns";
import { afterEach, expect, test } from "vitest";
import { everyRow } from "../../engine/database/page.ts";
import { listRecords, type ZoneRecord } from "../../engine/database/records.ts";
import type { Database } from "../../engine/database/schema.ts";
import { listZones } from "../../engine/database/zones.ts";
import { freshDatabase } from "../../engine/database/fresh.fixture.ts";
import { observeAtAuthorities } from "../../engine/resolver/authorities/authorities.ts";
import { Pacing } from "../../engine/resolver/pacing.ts";
import { authorityFor, startAuthority, type Authority } from "../../engine/resolver/test-authority.ts";
import { expectedRecords } from "../../model/delegation/delegation-methods.ts";
import type { DnsSettings, MethodName } from "../../model/delegation/delegation.ts";
import { contains, request, stageOf } from "./lifecycle.fixture.ts";

// The real resolver asks real sockets: a root, a top level, the customer's two servers and our two.
const at = (last: number): string => `127.53.90.${last}`;
const soa = "@ 3600 SOA ns1 hostmaster 7 3600 600 86400 3\n";
const root = { ".": `${soa}example. NS ns.example.\nns.example. A ${at(61)}` };
const tld = {
  example: `${soa}@ NS ns\nns A ${at(61)}
    customer 5 NS ns1.customer\ncustomer 5 NS ns2.customer\nns1.customer A ${at(62)}\nns2.customer A ${at(63)}
    dkim.esp 5 NS ns1.dkim.esp\ndkim.esp 5 NS ns2.dkim.esp\nns1.dkim.esp A ${at(64)}\nns2.dkim.esp A ${at(65)}`,
};
const dns: DnsSettings = {
  zone: "dkim.esp.example",
  nameservers: [
    { name: "ns1.dkim.esp.example", addresses: [at(64)] },
    { name: "ns2.dkim.esp.example", addresses: [at(65)] },
  ],
};
let authority: Authority | undefined;
afterEach(() => authority?.close());

/** Every zone that the database holds, as master files. */
async function zoneFiles(db: Database): Promise<Record<string, string>> {
  const files: Record<string, string> = {};
  for await (const zone of everyRow((page) => listZones(db, page))) {
    const records: ZoneRecord[] = [];
    for await (const record of everyRow((page) => listRecords(db, zone.id, page))) records.push(record);
    files[zone.origin] = formatZoneFile(zone.origin, records);
  }
  return files;
}

test.each<[MethodName, string, string]>([
  ["cname-ring", "s4 active, s5 ready", "s4 withdrawn, s5 active, s6 ready"],
  [
    "ns-branch",
    "feb2026-ed25519.s active, feb2026-ed25519-2.s ready",
    "feb2026-ed25519.s withdrawn, feb2026-ed25519-2.s active",
  ],
  [
    "ns-domainkey",
    "s-feb2026-ed25519 active, s-feb2026-ed25519-2 ready",
    "s-feb2026-ed25519 withdrawn, s-feb2026-ed25519-2 active",
  ],
  [
    "third-party-domain",
    "s-feb2026-ed25519 active, s-feb2026-ed25519-2 ready",
    "s-feb2026-ed25519 withdrawn, s-feb2026-ed25519-2 active",
  ],
])("%s is confirmed, turned and withdrawn by what real servers say", async (method, first, turned) => {
  const made = await stageOf(await freshDatabase(), { method });
  made.settings.dns = dns;
  const published = expectedRecords(made.claim, ["second"], dns)
    .map(({ name, type, data }) => `${name}. 5 ${type} ${data}`)
    .join("\n");
  const customer = authorityFor({
    "customer.example": `${soa}@ 5 NS ns1\n@ 5 NS ns2\nns1 A ${at(62)}\nns2 A ${at(63)}\n${published}`,
  });
  let ours = authorityFor({});
  const sound = new Map([
    [at(60), authorityFor(root)],
    [at(61), authorityFor(tld)],
    [at(62), customer],
    [at(63), customer],
  ]);
  authority = await startAuthority([60, 61, 62, 63, 64, 65].map(at), ({ address, query }) =>
    (sound.get(address) ?? ours)(query),
  );
  const options = {
    root: [{ name: "ns.root", addresses: [at(60)] }],
    authorityPort: authority.port,
    pacing: new Pacing({ perSecond: 1000, burst: 1000 }),
  };
  const controller = made.controller();
  controller.deps.observe = async (name) => {
    ours = authorityFor(await zoneFiles(made.db));
    return observeAtAuthorities(name, TYPE.TXT, options);
  };
  await made.run(controller, contains(first));
  await request(made);
  await made.run(controller, contains(turned));
  await made.close();
  expect(authority.asked.some(({ transport }) => transport === "tcp")).toBe(true);
});
