import { nameData, readName, txtData, TYPE } from "chancery/dns";
import { expect, test } from "vitest";
import { findDomain, putDomainOptions } from "../../engine/database/domains.ts";
import { listRecordsAt } from "../../engine/database/records.ts";
import { insertReport } from "../../engine/database/reports.ts";
import { transact } from "../../engine/database/transact.ts";
import { findZoneByOrigin } from "../../engine/database/zones.ts";
import { freshDatabase } from "../../engine/database/fresh.fixture.ts";
import type { SelectorSight } from "../../model/delegation/selector-import.ts";
import type { ClaimOptions, MethodName } from "../../model/delegation/delegation.ts";
import { listKeys } from "./key-list.ts";
import { contains, dns, moveStageOf, publishFor, type Stage, stageOf } from "./lifecycle.fixture.ts";
import { refuseUnlessMeant } from "./move-uses.ts";
import { abortMove, requestMove } from "./request-move.ts";
import { keepSelectorImport } from "./selector-import.ts";

const origin = "_domainkey.customer.example";
const base64 = (octets: Uint8Array): string => Buffer.from(octets).toString("base64");

/** What the customer's zone has at a selector. */
function sightAt({ authorities }: Stage, selector: string): SelectorSight {
  const name = `${selector}.${origin}`;
  const branch = `${selector.split(".").at(-1)}.${origin}`;
  const above = authorities.published.get(branch);
  if (above !== undefined && "servers" in above) {
    const records = above.servers.map((host) => ({
      name: branch,
      type: TYPE.NS,
      ttl: 60,
      data: base64(nameData(host)),
    }));
    return { selector, state: "present", records };
  }
  const there = authorities.published.get(name);
  if (there === undefined) return { selector, state: "absent", records: [] };
  const [type, octets] =
    "alias" in there
      ? [TYPE.CNAME, nameData(there.alias)]
      : [TYPE.TXT, txtData("texts" in there ? there.texts[0]! : "")];
  return { selector, state: "present", records: [{ name, type, ttl: 60, data: base64(octets) }] };
}

/** A domain that signs in a ring beside a vendor's selector, and the look that its controller makes now and then. */
async function ringWithVendor(method: MethodName = "cname-ring", signs = "s4 active, s5 ready") {
  const made = await stageOf(await freshDatabase(), { method });
  made.publishAll();
  made.authorities.published.set(`v1.${origin}`, { texts: ["v=DKIM1; p=AAAA"] });
  const controller = made.controller();
  await made.run(controller, contains(signs));
  const look = async (): Promise<void> => {
    made.sleep(1);
    const row = await findDomain(made.db, made.tenantId, made.domainId);
    await keepSelectorImport(
      made.db,
      row!,
      {
        look: async (_domain, named) => ({
          node: "exists",
          wildcard: false,
          selectors: [...new Set([...named, "v1"])].map((one) => sightAt(made, one)),
        }),
        names: async () => [],
        delegation: async (name) => {
          const there = made.authorities.published.get(name);
          const hosts = there !== undefined && "servers" in there ? there.servers : [];
          const records = hosts.map((data) => ({ type: "NS" as const, ttlSeconds: 60, data }));
          const said = { kind: "answer", authoritative: true, records } as const;
          const answers = [{ address: "198.51.100.1", transport: "udp", said } as const];
          return { name, type: "NS", zone: "customer.example", negativeTtlSeconds: 60, answers };
        },
        serves: async () => true,
      },
      { dns, policy: made.settings.policy, now: made.wallSeconds() },
    );
  };
  const asked = { tenantId: made.tenantId, domainId: made.domainId, requestedBy: "test" };
  const agree = (more: ClaimOptions = {}): Promise<void> =>
    transact(made.db, async (trx) => {
      const row = await findDomain(trx, made.tenantId, made.domainId);
      await putDomainOptions(trx, made.domainId, { ...row!.options, ...more, otherSelectors: "none" });
    });
  const waits = async (): Promise<string> =>
    (await listKeys(controller.deps, made.tenantId, made.domainId)).waits.map(({ reason }) => reason).join();
  const carried = async (): Promise<string[]> => {
    const zone = await findZoneByOrigin(made.db, origin);
    const at = async (selector: string): Promise<string[]> =>
      zone === undefined ? [] : (await listRecordsAt(made.db, zone.id, `${selector}.${origin}`)).map(() => selector);
    return (await Promise.all(["s4", "s5", "s6", "v1"].map(at))).flat();
  };
  return { made, controller, look, agree, waits, carried, asked };
}

test("S18 a move to ns-domainkey takes the claim's own aliases and the selectors of others over, then asks for the delegation, then switches", async () => {
  const { made, controller, look, agree, waits, carried, asked } = await ringWithVendor();
  await look();
  expect(await carried()).toEqual([]); // nobody has asked for a move
  await requestMove(controller.deps, asked, "ns-domainkey");
  await controller.visit();
  expect(await moveStageOf(made)).toBe("requested");
  expect(await waits()).toContain(`would hide s4.${origin}, s5.${origin}`);

  await look();
  expect(await carried()).toEqual(["s4", "s5", "s6", "v1"]);
  expect(await waits()).toContain("DNS does not list the selectors below it");
  expect(await waits()).not.toContain("would hide");
  await agree();
  await controller.visit();
  expect(await moveStageOf(made)).toBe("asked");
  expect(await made.phases()).toBe("s4 active, s5 ready");

  await publishFor(made, "ns-domainkey");
  await look();
  await made.run(controller, contains("s-feb2026-ed25519 active"));
  expect(await made.phases()).toMatch(/^s4 draining, /);
  expect(await carried()).toContain("s4");
  await made.run(controller, contains("s4 withdrawn"), 900);
  await made.run(controller, (phases) => /s4 \w+, s5 (withdrawn|destroyed)/.test(phases), 900);
  await controller.visit();
  // The old aliases lie behind the delegation, where nobody sees them: there is nothing to remove.
  expect(await moveStageOf(made)).toBeUndefined();
  expect(await carried()).toEqual(["v1"]);
  expect(await made.method()).toBe("ns-domainkey");

  const away = () => refuseUnlessMeant(controller.deps, asked, "cname-ring");
  await expect(away()).rejects.toMatchObject({
    code: "confirmation-needed",
    message: expect.stringContaining('v1: last use elsewhere unknown, which is not "unused"'),
  });
  const { tenantId, db, wallSeconds, claim } = made;
  const [at, organization] = [Math.floor(wallSeconds()), "Receiver"];
  const report = { tenantId, identity: "r", kind: "aggregate", organization, reportId: "r", messages: 3 } as const;
  const span = { domain: claim.domain, beginAt: at - 86_400, endAt: at, takenAt: at };
  const use = { signingDomain: claim.domain, selector: "v1", passed: 3, failed: 0 };
  const sources = [{ address: "192.0.2.7", messages: 3 }];
  await transact(db, (trx) => insertReport(trx, { ...report, ...span }, [{ ...use, sources }]));
  await expect(away()).rejects.toThrow(/told by Receiver, from 192\.0\.2\.7: 3 messages verified.*--yes/);
  await expect(refuseUnlessMeant(controller.deps, asked, "ns-domainkey")).resolves.toBeUndefined();
});

test("a move to ns-domainkey that is given up leaves the ring as it was, and its zone goes with the delegation", async () => {
  const { made, controller, look, agree, carried, asked } = await ringWithVendor();
  await requestMove(controller.deps, asked, "ns-domainkey");
  await look();
  await agree();
  await controller.visit();
  expect(await moveStageOf(made)).toBe("asked");
  await abortMove(controller.deps, asked);
  await controller.visit();
  expect(await moveStageOf(made)).toBe("settled");
  expect(await carried()).toEqual(["s4", "s5", "s6", "v1"]);
  await publishFor(made, "ns-domainkey", "absent");
  await controller.visit();
  expect(await moveStageOf(made)).toBeUndefined();
  expect(await findZoneByOrigin(made.db, origin)).toBeUndefined();
  expect(await made.phases()).toBe("s4 active, s5 ready");
});

test("S18 a vendor's branch is taken over as its delegation and stays; the claim's own goes with its keys", async () => {
  const { made, controller, look, agree, asked } = await ringWithVendor("ns-branch", "s active, ");
  const { published } = made.authorities;
  published.set(`vendor.${origin}`, { servers: ["ns1.vendor.example"] });
  const hostsAt = async (label: string): Promise<string[]> => {
    const zone = await findZoneByOrigin(made.db, origin);
    const records = zone === undefined ? [] : await listRecordsAt(made.db, zone.id, `${label}.${origin}`);
    return records.filter(({ type }) => type === TYPE.NS).map(({ data }) => readName(data));
  };
  await requestMove(controller.deps, asked, "ns-domainkey");
  await agree({ importSelectors: ["jan.vendor"] });
  await look();
  expect(await hostsAt("vendor")).toEqual(["ns1.vendor.example"]);
  expect(await hostsAt("s")).toHaveLength(2);
  await controller.visit();
  expect(await moveStageOf(made)).toBe("asked");

  await publishFor(made, "ns-domainkey");
  await look();
  await made.run(controller, contains("s-feb2026-ed25519 active"), 900);
  expect(await hostsAt("s")).toHaveLength(2);
  await made.run(controller, (phases) => !/\.s (?!withdrawn|destroyed)/.test(phases), 900);
  await controller.visit();
  expect(await made.method()).toBe("ns-domainkey");
  expect(await hostsAt("s")).toEqual([]);
  expect(await hostsAt("vendor")).toEqual(["ns1.vendor.example"]);
});
