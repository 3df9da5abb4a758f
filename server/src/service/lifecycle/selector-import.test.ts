import { nameData, txtData, TYPE } from "chancery/dns";
import { expect, test } from "vitest";
import { findDomain } from "../../engine/database/domains.ts";
import { listRecordsAt, putRecords } from "../../engine/database/records.ts";
import { findSelectorImport } from "../../engine/database/selector-imports.ts";
import { transact } from "../../engine/database/transact.ts";
import { findZoneByOrigin } from "../../engine/database/zones.ts";
import { freshDatabase } from "../../engine/database/fresh.fixture.ts";
import { nsHostNames } from "../../model/delegation/issued-name.ts";
import type { SelectorSight } from "../../model/delegation/selector-import.ts";
import { contains, dns, type Stage, stageOf } from "./lifecycle.fixture.ts";
import { keepSelectorImport, type SelectorWorld } from "./selector-import.ts";

const origin = "_domainkey.customer.example";
const base64 = (octets: Uint8Array): string => Buffer.from(octets).toString("base64");
const text = (selector: string, record: string): SelectorSight => ({
  selector,
  state: "present",
  records: [{ name: `${selector}.${origin}`, type: TYPE.TXT, ttl: 300, data: base64(txtData(record)) }],
});
const alias = (selector: string, target: string): SelectorSight => ({
  selector,
  state: "present",
  records: [{ name: `${selector}.${origin}`, type: TYPE.CNAME, ttl: 300, data: base64(nameData(target)) }],
});

/** A claim by ns-domainkey before its delegation, and a customer's zone that a test fills. */
async function importing() {
  const made = await stageOf(await freshDatabase(), { method: "ns-domainkey" });
  const asked: string[][] = [];
  const world: SelectorWorld & { selectors: SelectorSight[]; delegatedTo: string[] | undefined } = {
    selectors: [],
    delegatedTo: [],
    look: async (_domain, named) => {
      asked.push([...named]);
      return { node: "exists", wildcard: false, selectors: world.selectors };
    },
    names: async () => [],
    delegation: async (name) => ({
      name,
      type: "NS",
      zone: "customer.example",
      negativeTtlSeconds: 60,
      answers: [
        {
          address: "198.51.100.1",
          transport: "udp",
          said:
            world.delegatedTo === undefined
              ? { kind: "unknown", reason: "timeout" }
              : {
                  kind: "answer",
                  authoritative: true,
                  records: world.delegatedTo.map((data) => ({ type: "NS", ttlSeconds: 60, data })),
                },
        },
      ],
    }),
    serves: async () => true,
  };
  const look = async (): Promise<void> => {
    made.sleep(1);
    const row = await findDomain(made.db, made.tenantId, made.domainId);
    await keepSelectorImport(made.db, row!, world, { dns, policy: made.settings.policy, now: made.wallSeconds() });
  };
  return { made, world, look, asked };
}

const at = async ({ db }: Stage, selector: string): Promise<string[]> => {
  const zone = await findZoneByOrigin(db, origin);
  const records = zone === undefined ? [] : await listRecordsAt(db, zone.id, `${selector}.${origin}`);
  return records.map(({ type, data, source }) => `${type} ${base64(data)} ${source.split(":")[0]}`);
};

test("S18 what is found is in our zone before the delegation, follows the old zone, and stays when nobody answers (I-12)", async () => {
  const { made, world, look, asked } = await importing();
  world.selectors = [text("v1", "v=DKIM1; p=AAAA"), alias("v2", "v2.vendor.example")];
  await look();
  expect(await at(made, "v1")).toEqual([`16 ${base64(txtData("v=DKIM1; p=AAAA"))} import`]);
  expect(await at(made, "v2")).toEqual([`5 ${base64(nameData("v2.vendor.example"))} import`]);
  expect(await findSelectorImport(made.db, made.domainId)).toMatchObject({
    delegatedAt: null,
    servedAt: 1_770_000_001,
  });

  world.selectors = [text("v1", "v=DKIM1; p=BBBB"), { selector: "v2", state: "unknown", records: [] }];
  await look();
  expect(asked.at(-1)).toEqual(["v1", "v2"]);
  expect(await at(made, "v1")).toEqual([`16 ${base64(txtData("v=DKIM1; p=BBBB"))} import`]);
  expect(await at(made, "v2")).toHaveLength(1);

  world.selectors = [text("v1", "v=DKIM1; p=BBBB"), { selector: "v2", state: "absent", records: [] }];
  await look();
  expect(await at(made, "v2")).toEqual([]);
  await made.close();
});

test("S18 from the delegation on nobody's answer changes the zone, and a parent that says nothing makes a look void", async () => {
  const { made, world, look } = await importing();
  world.selectors = [text("v1", "v=DKIM1; p=AAAA")];
  await look();
  const before = await findSelectorImport(made.db, made.domainId);
  world.selectors = [{ selector: "v1", state: "absent", records: [] }];
  world.delegatedTo = undefined;
  await look();
  expect(await findSelectorImport(made.db, made.domainId)).toEqual(before);
  world.delegatedTo = nsHostNames(made.claim, dns).map((host) => `${host}.`);
  await look();
  expect(await at(made, "v1")).toHaveLength(1);
  expect((await findSelectorImport(made.db, made.domainId))?.delegatedAt).toBe(1_770_000_003);
  await made.close();
});

test("what a tenant put at a name stays, and a new key takes no selector at which something stands", async () => {
  const { made, world, look } = await importing();
  world.selectors = [text("v1", "v=DKIM1; p=AAAA"), text("s-feb2026-ed25519", "v=DKIM1; p=CCCC")];
  await look();
  const zone = (await findZoneByOrigin(made.db, origin))!;
  const own = { name: `v1.${origin}`, type: TYPE.TXT, ttl: 60, data: txtData("mine"), source: "user" };
  await transact(made.db, (trx) => putRecords(trx, zone.id, [own]));
  world.selectors = [text("v1", "v=DKIM1; p=DDDD"), text("s-feb2026-ed25519", "v=DKIM1; p=CCCC")];
  await look();
  expect((await at(made, "v1")).some((line) => line.includes(base64(txtData("mine"))))).toBe(true);
  expect((await at(made, "v1")).some((line) => line.includes(base64(txtData("v=DKIM1; p=DDDD"))))).toBe(false);
  made.publishAll();
  await made.run(made.controller(), contains("active"));
  expect(await made.phases()).toMatch(/^s-feb2026-ed25519-2 active/);
  await made.close();
});
