import { createPrivateKey, createPublicKey } from "node:crypto";
import { formatKeyRecord } from "chancery/dkim";
import { txtData, TYPE } from "chancery/dns";
import { afterEach, expect, test } from "vitest";
import { putDomainOptions } from "../engine/database/domains.ts";
import { putRecords } from "../engine/database/records.ts";
import { transact } from "../engine/database/transact.ts";
import { insertZone } from "../engine/database/zones.ts";
import { freshDatabase } from "../engine/database/fresh.fixture.ts";
import { latest } from "../model/key/key-fact.ts";
import { verifyExport } from "../model/rolls/verify-export.ts";
import { contains, request, type Stage, stageOf } from "../service/lifecycle/lifecycle.fixture.ts";
import { governedDomain } from "../service/lifecycle/governed-domain.ts";
import { loadDomain } from "../service/lifecycle/load-domain.ts";
import { setPolicy } from "../service/lifecycle/policies.ts";
import { addStream } from "../service/lifecycle/streams.ts";
import { publicPairs, setDisclosure } from "../service/rolls/disclosure.ts";
import { exportRolls } from "../service/rolls/export.ts";

const stages: Stage[] = [];
afterEach(async () => {
  for (const stage of stages.splice(0)) await stage.close();
});

const domain = "customer.example";

/** A domain whose first key is withdrawn. */
async function withdrawn(
  disclose: boolean | null,
): Promise<{ stage: Stage; controller: ReturnType<Stage["controller"]> }> {
  const stage = await stageOf(await freshDatabase());
  stages.push(stage);
  stage.publishAll();
  const controller = stage.controller();
  await stage.run(controller, contains("s4 active, s5 ready"));
  await setDisclosure(stage.db, { tenantId: stage.tenantId, domain, disclose }, "test", stage.wallSeconds());
  await request(stage);
  await stage.run(controller, contains("s4 withdrawn"));
  return { stage, controller };
}

const pairs = async ({ db }: Stage) => (await publicPairs(db, domain, { limit: 10, after: undefined })).rows;
const firstKey = async (stage: Stage) =>
  (await loadDomain(stage.db, stage.tenantId, stage.domainId, stage.settings.dns!))!.keys[0]!;

test("I-19 R-58 a private half is public after its waits and not before, is the one of its record, and is then destroyed", async () => {
  const { stage, controller } = await withdrawn(true);
  expect(await pairs(stage)).toEqual([]);
  await stage.run(controller, contains("s4 destroyed"));
  const [pair, ...others] = await pairs(stage);
  expect(others).toEqual([]);
  expect(formatKeyRecord(createPublicKey(createPrivateKey(pair!.privateKey)))).toBe(pair!.record);
  const { facts } = await firstKey(stage);
  const absent = latest(facts, "absent")!.evidence;
  const { staleServingSeconds } = stage.settings.policy;
  const waitedMs = latest(facts, "disclosed")!.trustedMs - absent.seenTrustedMs;
  expect(waitedMs).toBeGreaterThan((absent.waitSeconds + staleServingSeconds) * 1000);
  const { sealed } = await stage.db
    .selectFrom("keys")
    .select("sealed")
    .where("selector", "=", "s4")
    .executeTakeFirstOrThrow();
  expect(sealed).toBeNull();

  const { kek } = controller.deps;
  const { lines } = await exportRolls(
    { db: stage.db, kek, now: stage.wallSeconds },
    { tenantId: stage.tenantId, name: domain },
    { after: 0, limit: 1000 },
  );
  const exported = lines.map((line) => `${line}\n`).join("");
  expect(verifyExport(Buffer.from(exported))).toMatchObject({ verdict: "sound" });
  const told = lines.find((line) => line.startsWith('{"disclosed"'))!;
  const { disclosed } = JSON.parse(told) as { disclosed: { privateKey: string } };
  const other = disclosed.privateKey.replace(/.(.)$/, "A$1");
  expect(verifyExport(Buffer.from(exported.replace(disclosed.privateKey, other))).verdict).toBe("violated");
  expect(verifyExport(Buffer.from(exported.replace(`${told}\n`, ""))).verdict).toBe("violated");
});

test("nobody asked for it: nothing is made public, and the private half is destroyed in its time", async () => {
  const { stage, controller } = await withdrawn(null);
  await stage.run(controller, contains("s4 destroyed"));
  expect(await pairs(stage)).toEqual([]);
});

test("the settings ask for it, and the domain forbids it", async () => {
  const { stage, controller } = await withdrawn(false);
  stage.settings.disclose = true;
  await stage.run(controller, contains("s4 destroyed"));
  expect(await pairs(stage)).toEqual([]);
});

test("I-19 a server that comes back with the old zone keeps the private half from being made public", async () => {
  const { stage, controller } = await withdrawn(true);
  stage.authorities.silent.add("192.0.2.2");
  await expect(stage.run(controller, contains("s4 destroyed"), 200)).rejects.toThrow("s4 withdrawn");
  expect(await pairs(stage)).toEqual([]);
  stage.authorities.silent.clear();
  await stage.run(controller, contains("s4 destroyed"));
  expect(await pairs(stage)).toHaveLength(1);
});

test("I-19 the same key under another name of any zone of ours keeps it secret", async () => {
  const { stage, controller } = await withdrawn(true);
  const { record } = await stage.db
    .selectFrom("keys")
    .select("record")
    .where("selector", "=", "s4")
    .executeTakeFirstOrThrow();
  await transact(stage.db, async (trx) => {
    await insertZone(trx, {
      id: "zon_1",
      origin: "copy.example",
      kind: "operator",
      domainId: null,
      serial: 1,
      createdAt: 1,
    });
    const data = txtData(record);
    await putRecords(trx, "zon_1", [{ name: "x.copy.example", type: TYPE.TXT, ttl: 60, data, source: "import" }]);
  });
  await expect(stage.run(controller, contains("s4 destroyed"), 200)).rejects.toThrow("s4 withdrawn");
  expect(await controller.visit()).toMatchObject({ obstacle: { reason: expect.stringContaining("still carries") } });
  expect(await pairs(stage)).toEqual([]);
});

test("a tenant's policy asks for it, a stream's and a domain's count before it, and what was said of a claim before is kept", async () => {
  const { stage } = await withdrawn(null);
  const { deps } = stage.controller();
  const { tenantId, domainId, db } = stage;
  const decide = (place: { domainId?: string; stream?: string }, disclose: boolean) =>
    setPolicy(deps, { tenantId, ...place }, { fields: { disclose } }, "test");
  const holds = async (stream = ""): Promise<string> => {
    const governed = await governedDomain(db, tenantId, domainId, {
      policy: stage.settings.policy,
      dns: stage.settings.dns!,
      disclose: false,
    });
    const { policy, from } = governed!.streams.find(({ name }) => name === stream)!.effective;
    return `${policy.disclose} ${from.disclose}`;
  };
  await addStream(deps, { tenantId, domainId, actor: "test" }, "news");
  expect(await holds()).toBe("false default");
  await decide({}, true);
  expect(await holds()).toBe("true tenant");
  await transact(db, (trx) => putDomainOptions(trx, domainId, { disclose: false }));
  expect(await holds()).toBe("false domain");
  await decide({ domainId, stream: "news" }, true);
  expect([await holds("news"), await holds()]).toEqual(["true stream", "false domain"]);
  const set = (disclose: boolean | null) => setDisclosure(db, { tenantId, domain, disclose }, "test", 1);
  await set(true);
  expect(await holds()).toBe("true domain");
  await set(null);
  expect(await holds()).toBe("true tenant");
});

test("a tenant's policy asks for it, and the domain forbids it", async () => {
  const { stage, controller } = await withdrawn(false);
  await setPolicy(controller.deps, { tenantId: stage.tenantId }, { fields: { disclose: true } }, "test");
  await stage.run(controller, contains("s4 destroyed"));
  expect(await pairs(stage)).toEqual([]);
});
