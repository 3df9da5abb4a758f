import { describe, expect, test } from "vitest";
import { everyRow } from "../../engine/database/page.ts";
import { listRecords } from "../../engine/database/records.ts";
import { markDomainReleased, markDomainSuspended } from "../../engine/database/domains.ts";
import { transact } from "../../engine/database/transact.ts";
import { findZoneByOrigin, insertZone } from "../../engine/database/zones.ts";
import { crashPoints } from "./crash-points.ts";
import type { Fresh } from "./fresh-stages.fixture.ts";
import { listKeys } from "./key-list.ts";
import { contains, Crash, dns, request, type Stage } from "./lifecycle.fixture.ts";

async function sourcesIn({ db }: Stage, origin: string): Promise<string[]> {
  const zone = await findZoneByOrigin(db, origin);
  const sources: string[] = [];
  if (zone === undefined) return sources;
  for await (const { source } of everyRow((page) => listRecords(db, zone.id, page)))
    sources.push(source.split(":")[0] ?? "");
  return sources.sort();
}

export function describeLifecycle(stage: Fresh): void {
  describeMethods(stage);
  describeWorld(stage);
  describeSeveral(stage);
  describeCrashes(stage);
}

function describeMethods(stage: Fresh): void {
  describe("a ring of three", () => {
    test("goes from nothing to an active key and a stand-by", async () => {
      const made = await stage();
      made.publishAll();
      const steps = await made.run(made.controller(), contains("s4 active, s5 ready"));
      expect(steps.filter((step) => !step.startsWith("observe"))).toEqual([
        "plan",
        "generate",
        "publish s4",
        "confirmed s4",
        "ready s4",
        "switch to s4",
        "plan",
        "generate",
        "publish s5",
        "confirmed s5",
        "ready s5",
      ]);
      expect(await sourcesIn(made, dns.zone)).toEqual(["key", "key", "ns", "ns", "ns", "ns", "soa"]);
    });

    test("S11 turns on request, drains, settles, and queues what comes too early", async () => {
      const made = await stage();
      made.publishAll();
      const controller = made.controller();
      await made.run(controller, contains("s4 active, s5 ready"));
      expect(await request(made)).toMatchObject({ reason: "requested", steps: [{ role: "second", step: "READY" }] });
      await made.run(controller, contains("s4 draining, s5 active"));
      const queued = await request(made);
      expect(queued.steps).not.toEqual([{ role: "second", step: "DONE" }]);
      await made.run(controller, contains("s4 draining, s5 active, s6 ready"));
      const { keys } = await listKeys(controller.deps, made.tenantId, made.domainId);
      expect(keys[2]?.waits).toContainEqual({
        for: "rotation",
        reason: "s4 still draining",
        until: expect.any(Number),
      });
      await made.run(controller, contains("s4 withdrawn, s5 draining, s6 active"));
      await made.run(controller, contains("s4 ready"));
      expect(await made.phases()).toMatch(/s4 (withdrawn|destroyed), s5 \w+, s6 active, s4 ready/);
      const { rotations } = await listKeys(controller.deps, made.tenantId, made.domainId);
      expect(rotations.filter(({ reason }) => reason === "requested")).toHaveLength(2);
    });

    test("S11 a request that waits already is answered again; one without an active key is refused", async () => {
      const made = await stage();
      await expect(request(made)).rejects.toMatchObject({ code: "not-ready" });
      made.publishAll();
      await made.run(made.controller(), contains("s5 ready"));
      const first = await request(made);
      made.sleep(1); // of two in one second, the order is nobody's promise
      const second = await request(made);
      expect(first.blocks).toEqual([]);
      expect(second).toMatchObject({ blocks: [{ reason: "another rotation comes first" }] });
      expect((await request(made)).id).toBe(second.id);
      expect(second.id).not.toBe(first.id);
      await made.run(made.controller(), contains("s4 draining, s5 active, s6 ready"));
      const blocked = await request(made);
      expect(blocked.id).toBe(second.id);
      expect(blocked).toMatchObject({ blocks: [{ reason: "s4 still draining", until: expect.any(Number) }] });
    });

    test("RSA and Ed25519 turn together, each in its own ring", async () => {
      const made = await stage({ algorithms: ["rsa-sha256", "ed25519-sha256"] });
      made.publishAll();
      const controller = made.controller();
      await made.run(controller, (phases) => phases.includes("s2 ready") && phases.includes("s5 ready"));
      await request(made);
      await made.run(controller, (phases) => phases.includes("s2 active") && phases.includes("s5 active"));
      expect(await made.phases()).toMatch(/s1 draining/);
    });
  });

  test("a branch of its own: dated selectors, a zone of its own, new names for ever", async () => {
    const made = await stage({ method: "ns-branch" });
    const controller = made.controller();
    await made.run(controller, contains("publishing"));
    for (let visits = 0; visits < 3; visits++) {
      made.sleep(2);
      await controller.visit();
    }
    const { keys } = await listKeys(controller.deps, made.tenantId, made.domainId);
    expect(keys[0]?.waits.map(({ reason }) => reason).join()).toContain("has no NS record");
    made.publishAll();
    await made.run(controller, contains("feb2026-ed25519.s active, feb2026-ed25519-2.s ready"));
    expect(await sourcesIn(made, "s._domainkey.customer.example")).toEqual(["key", "key", "ns", "ns", "soa"]);
    expect(await sourcesIn(made, dns.zone)).toEqual(["ns", "ns", "ns", "ns", "ns-host", "ns-host", "soa"]);
    await request(made);
    await made.run(
      controller,
      contains("feb2026-ed25519.s withdrawn, feb2026-ed25519-2.s active, feb2026-ed25519-3.s ready"),
    );
  });
}

function describeWorld(stage: Fresh): void {
  describe("what the world does not show does not happen", () => {
    test("S2 one silent server keeps a key from being confirmed, and is named", async () => {
      const made = await stage();
      made.publishAll();
      made.authorities.silent.add("192.0.2.2");
      const controller = made.controller();
      await expect(made.run(controller, contains("published"), 300)).rejects.toThrow("s4 publishing");
      const { keys } = await listKeys(controller.deps, made.tenantId, made.domainId);
      expect(keys[0]?.waits.map(({ reason }) => reason).join()).toContain("192.0.2.2 (udp) timeout");
      made.authorities.silent.clear();
      await made.run(controller, contains("s4 active"));
    });

    test("S2 one silent server keeps a stand-by from being switched to and an old key from being withdrawn, and is named", async () => {
      const made = await stage();
      made.publishAll();
      const controller = made.controller();
      const waitsOf = async (selector: string): Promise<string | undefined> => {
        const { keys } = await listKeys(controller.deps, made.tenantId, made.domainId);
        const key = keys.find((one) => one.selector === selector);
        return key?.waits.map(({ reason }) => reason).join();
      };
      await made.run(controller, contains("s4 active, s5 ready"));
      made.authorities.silent.add("192.0.2.2");
      made.sleep(601); // what was seen before is too old for a switch
      await request(made);
      await expect(made.run(controller, contains("s5 active"), 300)).rejects.toThrow("s4 active, s5 ready");
      expect(await waitsOf("s5")).toContain("192.0.2.2 (udp) timeout");
      made.authorities.silent.clear();
      await made.run(controller, contains("s4 draining, s5 active"));
      made.authorities.silent.add("192.0.2.2");
      await expect(made.run(controller, contains("s4 withdrawing"), 300)).rejects.toThrow("s4 draining, s5 active");
      expect(await waitsOf("s4")).toContain("192.0.2.2 (udp) timeout");
      made.authorities.silent.clear();
      await made.run(controller, contains("s4 withdrawn"));
    });

    test("S13 an alias that the customer takes away stops the key that waits, and the old one signs on", async () => {
      const made = await stage();
      made.publishAll();
      made.authorities.published.delete("s5._domainkey.customer.example");
      const controller = made.controller();
      await made.run(controller, contains("s4 active, s5 publishing"));
      await request(made);
      await expect(made.run(controller, contains("s5 active"), 300)).rejects.toThrow("s4 active, s5 publishing");
      made.publishAll();
      await made.run(controller, contains("s5 active"));
    });

    test("a domain whose claim is not proven, and a platform that does not know its zone, are left alone", async () => {
      const made = await stage();
      made.settings.dns = undefined;
      expect(await made.controller().visit()).toMatchObject({ outcome: "not-configured" });
      made.settings.dns = dns;
      await made.db.updateTable("domains").set({ verifiedAt: null }).execute();
      expect(await made.controller().visit()).toMatchObject({ outcome: "not-live" });
      expect(made.authorities.asked()).toBe(0);
    });
  });

  test("an imported zone of the name of ours is an obstacle, not a place for keys", async () => {
    const made = await stage();
    const zone = { id: "zon_1", origin: dns.zone, kind: "operator" as const, domainId: null, serial: 1, createdAt: 1 };
    await transact(made.db, (trx) => insertZone(trx, zone));
    const visit = await made.controller().visit();
    expect(visit).toMatchObject({ outcome: "obstacle", obstacle: { reason: expect.stringContaining("was imported") } });
    expect(await sourcesIn(made, dns.zone)).toEqual([]);
  });

  test("S26 I-8 a stand-by whose private half is damaged is not switched to", async () => {
    const made = await stage();
    made.publishAll();
    const controller = made.controller();
    await made.run(controller, contains("s5 ready"));
    const { keys } = await listKeys(controller.deps, made.tenantId, made.domainId);
    const { sealed } = await made.db
      .selectFrom("keys")
      .select("sealed")
      .where("selector", "=", "s5")
      .executeTakeFirstOrThrow();
    const flipped = (sealed ?? "").replace(/"sealed":"(.)/, (_, letter) => `"sealed":"${letter === "A" ? "B" : "A"}`);
    await made.db.updateTable("keys").set({ sealed: flipped }).where("selector", "=", "s5").execute();
    await request(made);
    expect(await controller.visit()).toMatchObject({ outcome: "obstacle", obstacle: { keyId: keys[1]?.id } });
    expect(await made.phases()).toBe("s4 active, s5 ready");
  });
}

function describeSeveral(stage: Fresh): void {
  describe("several controllers", () => {
    test("F-6 one that lost its claim writes nothing", async () => {
      const made = await stage();
      made.publishAll();
      const slow = made.controller();
      const fast = made.controller();
      let overtaken: unknown;
      expect((await slow.visit()).steps.at(-1)).toMatch(/^publish/);
      // While the slow one looks around, its lease runs out and the other one takes the domain.
      const observe = made.authorities.observe;
      slow.deps.observe = async (name) => {
        made.sleep(121);
        overtaken ??= await fast.visit();
        return observe(name);
      };
      expect(await slow.visit()).toMatchObject({ outcome: "lost" });
      expect(overtaken).toMatchObject({ outcome: "at-rest" });
    });

    test("one that finds the domain claimed leaves it", async () => {
      const made = await stage();
      const other = made.controller();
      const busy = made.controller();
      expect((await busy.visit()).steps.at(-1)).toMatch(/^publish/);
      const observe = made.authorities.observe;
      let seen: unknown;
      busy.deps.observe = async (name) => {
        seen ??= await other.visit();
        return observe(name);
      };
      await busy.visit();
      expect(seen).toMatchObject({ outcome: "held" });
    });
  });
}

/** A whole life: first key, stand-by, a rotation, until the old name is free. The final state in one line. */
async function wholeLife(
  made: Stage,
  crashAt?: (typeof crashPoints)[number],
): Promise<{ end: string; crashed: boolean }> {
  made.publishAll();
  made.settings.disclose = true;
  let controller = made.controller(crashAt);
  let crashed = false;
  const until = async (wanted: string): Promise<void> => {
    for (;;) {
      try {
        await made.run(controller, contains(wanted));
        return;
      } catch (error) {
        if (!(error instanceof Crash)) throw error;
        crashed = true;
        made.sleep(121); // the dead one's lease
        controller = made.controller();
      }
    }
  };
  await until("s5 ready");
  await request(made);
  await until("s4 destroyed");
  const { keys, rotations } = await listKeys(controller.deps, made.tenantId, made.domainId);
  const slots = new Set(keys.map(({ rotationId, role }) => `${rotationId} ${role}`));
  expect(slots.size, "I-13 one key a slot").toBe(keys.length);
  expect((await sourcesIn(made, dns.zone)).filter((source) => source === "soa")).toHaveLength(1);
  const records = (await sourcesIn(made, dns.zone)).filter((source) => source === "key").length;
  const reasons = rotations.map(({ reason }) => reason).sort();
  const signing = `${await made.phases()}; ${records} records; ${reasons.join()}`;
  const suspendedAt = (at: number | null): Promise<boolean> =>
    transact(made.db, (trx) => markDomainSuspended(trx, made.tenantId, made.domainId, at));
  await suspendedAt(made.wallSeconds());
  await until("s5 silenced, s6 silenced");
  await suspendedAt(null);
  await until("s5 active, s6 ready");
  await transact(made.db, (trx) => markDomainReleased(trx, made.tenantId, made.domainId, made.wallSeconds()));
  await until("s5 destroyed, s6 destroyed");
  return { end: `${signing}; ${await made.phases()}`, crashed };
}

function describeCrashes(stage: Fresh): void {
  describe("a controller that is killed", () => {
    let undisturbed: Promise<string> | undefined;
    const endOfUndisturbed = async (): Promise<string> => (await wholeLife(await stage())).end;

    test.each(crashPoints.filter((point) => !/-(?:issue|move|revoke)$/.test(point)))(
      "I-13 %s, and another after it, come to the same state with one key a slot",
      async (point) => {
        undisturbed ??= endOfUndisturbed();
        const { end, crashed } = await wholeLife(await stage(), point);
        expect(crashed).toBe(true);
        expect(end).toBe(await undisturbed);
        expect(end).toMatch(/^s4 destroyed, s5 active, s6 ready; 2 records/);
      },
    );
  });
}
