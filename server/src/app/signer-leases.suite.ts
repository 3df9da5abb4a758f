import { afterEach, expect, test } from "vitest";
import { readChangeCounter } from "../engine/database/change-counter.ts";
import { newId } from "../engine/database/id.ts";
import { usesOfDomain } from "../engine/database/key-uses.ts";
import type { DatabaseOptions } from "../engine/database/open.ts";
import { listSigners, pruneSigners } from "../engine/database/signers.ts";
import { latest, readFact } from "../model/key/key-fact.ts";
import { contains, request, type Stage, stageOf } from "../service/lifecycle/lifecycle.fixture.ts";
import { loadDomain } from "../service/lifecycle/load-domain.ts";
import { KeyRing } from "../service/signing/key-ring.ts";
import { Registration } from "../service/signing/registration.ts";

const stages: Stage[] = [];

const domain = "customer.example";
/** Shorter than the drain, longer than what the policy says: the controller has to know it from the signer. */
const leaseSeconds = 20;

/** A signing process: it follows the database while it can, and signs with what its ring says. */
type Process = { ring: KeyRing; follow: () => Promise<void>; leave: () => Promise<void> };

async function running(
  fresh: () => Promise<DatabaseOptions>,
): Promise<{ stage: Stage; start: (lease?: number) => Promise<Process> }> {
  const stage = await stageOf(await fresh(), { algorithms: ["rsa-sha256"] });
  stages.push(stage);
  stage.publishAll();
  const { kek } = stage.controller().deps;
  const start = async (lease = 3): Promise<Process> => {
    const ring = new KeyRing(stage.db, kek, lease, () => stage.wallSeconds() * 1000);
    const self = { id: newId("key"), node: "host", role: "relay" as const, startedAt: stage.wallSeconds() };
    const registration = new Registration(stage.db, ring, self);
    const follow = async (): Promise<void> => {
      const asked = ring.moment();
      const counter = await readChangeCounter(stage.db);
      ring.heard(true, asked);
      await registration.renew(counter, lease, stage.wallSeconds());
    };
    await follow();
    return { ring, follow, leave: () => registration.leave() };
  };
  return { stage, start };
}

const claimIn = async ({ ring }: Process) => (await ring.claimOf(domain))!;
const selectorOf = async (signer: Process): Promise<string | undefined> =>
  (await signer.ring.activeKeys(await claimIn(signer)))[0]?.selector;

async function sign(stage: Stage, signer: Process): Promise<void> {
  const claim = await claimIn(signer);
  const keys = await signer.ring.activeKeys(claim);
  await signer.ring.use(
    claim,
    keys.map(({ keyId }) => keyId),
    stage.wallSeconds(),
  );
}

/** Of the first key: when it was switched away from, and its last use as the fact says it, in seconds on the trusted clock. */
async function stopOf(stage: Stage) {
  const loaded = await loadDomain(stage.db, stage.tenantId, stage.domainId, stage.settings.dns!);
  const facts = loaded!.keys[0]!.facts;
  const stopped = latest(facts, "stopped");
  return {
    switchedMs: latest(facts, "deactivated")!.trustedMs,
    lastUseMs: stopped?.evidence.lastUseTrustedMs,
    signatures: stopped?.evidence.signatures,
    told: stopped?.evidence.signers.map(({ told }) => told),
  };
}

/** What has to hold on SQLite and on PostgreSQL alike. `fresh` answers the options of an empty database at each call. */
export function describeSigners(fresh: () => Promise<DatabaseOptions>): void {
  afterEach(async () => {
    for (const stage of stages.splice(0)) await stage.close();
  });

  test("S8 F-4 one of five signers is cut off before the switch: it goes on until its lease ends, then defers, and the drain counts from there", async () => {
    const { stage, start } = await running(fresh);
    const controller = stage.controller();
    await stage.run(controller, contains("s1 active, s2 ready"));
    const signers = [await start(), await start(), await start(), await start()];
    const alone = await start(leaseSeconds);
    await sign(stage, alone);
    await request(stage);
    await stage.run(controller, contains("s1 draining, s2 active"));
    for (const signer of signers) {
      await signer.follow();
      expect(await selectorOf(signer)).toBe("s2");
    }
    await controller.visit();
    expect(await selectorOf(alone), "it heard of nothing").toBe("s1");
    expect((await stopOf(stage)).lastUseMs, "one may still sign").toBeUndefined();

    stage.sleep(leaseSeconds - 3);
    await controller.visit();
    expect(await selectorOf(alone)).toBe("s1");
    expect((await stopOf(stage)).lastUseMs).toBeUndefined();

    stage.sleep(4);
    await expect(selectorOf(alone)).rejects.toThrow("longer than the signer lease");
    await controller.visit();
    const { switchedMs, lastUseMs, told } = await stopOf(stage);
    expect(lastUseMs).toBe(switchedMs + leaseSeconds * 1000);
    expect(told?.toSorted()).toEqual(["acknowledged", "acknowledged", "acknowledged", "acknowledged", "lease-ended"]);

    // The drain of the lab preset is 22 s; it runs from the end of the lease.
    await stage.run(controller, contains("s1 withdrawing"));
    const { trustedTime } = controller.deps;
    expect((await trustedTime.readMs()) - lastUseMs!).toBeGreaterThan(20_000);
  });

  test("every signer has acknowledged: the drain counts from the acknowledgements, and the fact says how often the key was used", async () => {
    const { stage, start } = await running(fresh);
    const controller = stage.controller();
    await stage.run(controller, contains("s1 active, s2 ready"));
    const signers = [await start(60), await start(60)];
    for (const signer of signers) await sign(stage, signer);
    await request(stage);
    await stage.run(controller, contains("s1 draining, s2 active"));
    for (const signer of signers) await signer.follow();
    stage.sleep(1);
    await controller.visit();
    const { switchedMs, lastUseMs, told, signatures } = await stopOf(stage);
    expect(lastUseMs! - switchedMs).toBeLessThan(3000);
    expect(told).toEqual(["acknowledged", "acknowledged"]);
    expect(signatures, "what was signed is told before the switch is acknowledged").toBe(2);
  });

  test("I-7 a signature that was begun before the switch and ends after it is not given away", async () => {
    const { stage, start } = await running(fresh);
    const controller = stage.controller();
    await stage.run(controller, contains("s1 active, s2 ready"));
    const signer = await start();
    const claim = await claimIn(signer);
    const begun = await signer.ring.activeKeys(claim);
    await request(stage);
    await stage.run(controller, contains("s1 draining, s2 active"));
    await signer.follow();
    const ids = begun.map(({ keyId }) => keyId);
    await expect(signer.ring.use(claim, ids, stage.wallSeconds())).rejects.toThrow("changed while the message");
    expect(signer.ring.uses.take().size).toBe(0);
  });

  test("a use that is told after the end was recorded begins the drain anew", async () => {
    const { stage, start } = await running(fresh);
    const controller = stage.controller();
    await stage.run(controller, contains("s1 active, s2 ready"));
    const late = await start(4);
    await request(stage);
    await sign(stage, late);
    await stage.run(controller, contains("s1 draining, s2 active"));
    stage.sleep(6);
    await controller.visit();
    const before = await stopOf(stage);
    stage.sleep(5);
    await late.follow();
    await controller.visit();
    const after = await stopOf(stage);
    expect(after.signatures).toBe(1);
    expect(after.lastUseMs).toBeGreaterThan(before.lastUseMs!);
  });

  test("a killed signer leaves a row that is pruned after its lease; one that is closed tells its last uses and leaves none", async () => {
    const { stage, start } = await running(fresh);
    const controller = stage.controller();
    await stage.run(controller, contains("s1 active"));
    await start();
    const closed = await start();
    await sign(stage, closed);
    await closed.leave();
    expect(await listSigners(stage.db)).toHaveLength(1);
    const uses = await usesOfDomain(stage.db, stage.tenantId, stage.domainId);
    expect([...uses.values()].map(({ signatures }) => signatures)).toEqual([1]);
    await pruneSigners(stage.db, stage.wallSeconds());
    expect(await listSigners(stage.db)).toHaveLength(1);
    await pruneSigners(stage.db, stage.wallSeconds() + 4);
    expect(await listSigners(stage.db)).toEqual([]);
  });

  test("the lease has ended as well when only the wall clock went on, as after a machine that slept", async () => {
    const { stage } = await running(fresh);
    let wallMs = 0;
    const ring = new KeyRing(
      stage.db,
      stage.controller().deps.kek,
      10,
      () => 0,
      () => wallMs,
    );
    ring.heard(true);
    await expect(ring.claimOf(domain)).resolves.toBeDefined();
    wallMs = 10_001;
    await expect(ring.claimOf(domain)).rejects.toThrow("longer than the signer lease");
  });

  test("what a fact says of signers is read back as it was written", () => {
    const evidence = { lastUseTrustedMs: 1, signatures: 0, signers: [], signerCount: 0 };
    expect(readFact({ kind: "stopped", at: 1, trustedMs: 1, evidence })).toMatchObject({ kind: "stopped", evidence });
  });
}
