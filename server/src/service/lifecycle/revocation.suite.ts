import { readTxt, TYPE } from "chancery/dns";
import { describe, expect, test } from "vitest";
import { isPublicHalfKnown } from "../../engine/database/keys.ts";
import { listRecordsAt } from "../../engine/database/records.ts";
import { findZoneByOrigin } from "../../engine/database/zones.ts";
import { targetName } from "../../model/delegation/issued-name.ts";
import { revokedTextOf } from "../../model/key/key-revocation.ts";
import { crashPoints } from "./crash-points.ts";
import { callOff, rollBack } from "./go-back.ts";
import type { Intervener } from "./intervene.ts";
import { type KeyListing, listKeys } from "./key-list.ts";
import { contains, Crash, dns, request, type Stage, type StageOptions } from "./lifecycle.fixture.ts";
import { revokeEverything } from "./revoke-everything.ts";
import { type Revocation, revokeKey } from "./revoke-key.ts";

const who = ({ tenantId, domainId }: Stage): Intervener => ({ tenantId, domainId, actor: "test" });

async function keyNamed(made: Stage, selector: string): Promise<KeyListing> {
  const { keys } = await listKeys(made.controller().deps, made.tenantId, made.domainId);
  return keys.findLast((key) => key.selector === selector) ?? expect.fail(`no key ${selector}`);
}

async function revoke(made: Stage, selector: string): Promise<Revocation> {
  const { id } = await keyNamed(made, selector);
  return revokeKey(made.controller().deps, who(made), { keyId: id, reason: "it leaked" });
}

/** What our zone says at the place of a key. */
async function servedFor(made: Stage, { id }: KeyListing): Promise<string[]> {
  const { recordName } = await made.db
    .selectFrom("keys")
    .select("recordName")
    .where("id", "=", id)
    .executeTakeFirstOrThrow();
  const zone = await findZoneByOrigin(made.db, dns.zone);
  const records = zone === undefined ? [] : await listRecordsAt(made.db, zone.id, recordName);
  return records.filter(({ type }) => type === TYPE.TXT).map(({ data }) => readTxt(data).join(""));
}

/** Revoking, going back and calling off, on both databases. */
export function describeRevocation(stage: (options?: StageOptions) => Promise<Stage>): void {
  describe("a key that is revoked", () => {
    test("I-17 S12 signs no more at once, its stand-by takes over, and its record says p= until it is withdrawn", async () => {
      const made = await stage();
      made.publishAll();
      const controller = made.controller();
      await made.run(controller, contains("s4 active, s5 ready"));
      const key = await keyNamed(made, "s4");
      expect(await revoke(made, "s4")).toMatchObject({
        standIn: { by: "stand-by", selector: "s5" },
        residual: { cacheSeconds: 6, staleServingSeconds: 5, until: Math.floor(made.wallSeconds()) + 11 },
        remove: undefined,
      });
      expect(await made.phases()).toBe("s4 revoking, s5 ready");
      const from = made.wallSeconds();
      await made.run(controller, contains("s5 active"));
      expect(made.wallSeconds() - from).toBeLessThan(15);
      await made.run(controller, contains("s4 revoked"));
      expect(await servedFor(made, key)).toEqual([revokedTextOf(key.record)]);
      await made.run(controller, contains("s4 withdrawn, s5 active, s6 ready"));
      expect(await servedFor(made, key)).toEqual([]);
    });

    test("I-15 is revoked for ever: asked again it stays so, and its public half is refused to everybody", async () => {
      const made = await stage();
      made.publishAll();
      const controller = made.controller();
      await made.run(controller, contains("s4 active, s5 ready"));
      const first = await revoke(made, "s4");
      await made.run(controller, contains("s4 revoked"));
      expect((await revoke(made, "s4")).keyId).toBe(first.keyId);
      await made.run(controller, contains("s4 destroyed"));
      await expect(revoke(made, "s4")).rejects.toMatchObject({ code: "not-ready" });
      await expect(revokeKey(controller.deps, who(made), { keyId: "key_x", reason: "" })).rejects.toMatchObject({
        code: "not-found",
      });
      const { spkiSha256 } = await made.db
        .selectFrom("keys")
        .select("spkiSha256")
        .where("id", "=", first.keyId)
        .executeTakeFirstOrThrow();
      expect(await isPublicHalfKnown(made.db, spkiSha256)).toBe(true);
    });

    test("S12 without a stand-by, the key that drains signs again", async () => {
      const made = await stage();
      made.publishAll();
      const controller = made.controller();
      await made.run(controller, contains("s4 active, s5 ready"));
      await request(made);
      await made.run(controller, contains("s4 draining, s5 active"));
      expect(await revoke(made, "s5")).toMatchObject({ standIn: { by: "predecessor", selector: "s4" } });
      await made.run(controller, contains("s4 active, s5 revok"));
    });

    test("§3.5 a revoked stand-by and a revoked key leave mail waiting until a new key was made, and seen", async () => {
      const made = await stage();
      made.publishAll();
      const controller = made.controller();
      await made.run(controller, contains("s4 active, s5 ready"));
      await revoke(made, "s5");
      expect(await revoke(made, "s4")).toMatchObject({ standIn: { by: "new-key" } });
      await made.run(controller, contains("s6 active"));
      const { rotations } = await listKeys(controller.deps, made.tenantId, made.domainId);
      expect(rotations.map(({ reason }) => reason)).toContain("emergency");
    });

    test("a ring of which every name was revoked gives up one of them early", async () => {
      const made = await stage();
      made.settings.policy = { ...made.settings.policy, revokedRecordSeconds: 100_000 };
      made.publishAll();
      const controller = made.controller();
      await made.run(controller, contains("s4 active, s5 ready"));
      await revoke(made, "s5");
      await made.run(controller, contains("s6 ready"));
      await revoke(made, "s4");
      await made.run(controller, contains("s6 active"));
      await revoke(made, "s6");
      await made.run(controller, contains("active"));
      expect(await made.phases()).toMatch(/ s[45] active/);
    });

    test("a stand-by that was never published is destroyed, and the rotation goes on without it", async () => {
      const made = await stage();
      const controller = made.controller("before-publish");
      await expect(made.run(controller, contains("publishing"))).rejects.toThrow(Crash);
      await revoke(made, "s4");
      made.publishAll();
      made.sleep(121);
      await made.run(made.controller(), contains("s4 destroyed, s5 active"));
    });

    test("F-6 what a controller decided before a revocation is void", async () => {
      const made = await stage();
      made.publishAll();
      const controller = made.controller();
      await made.run(controller, contains("s4 active, s5 ready"));
      await request(made);
      const { observe } = made.authorities;
      controller.deps.observe = async (name) => {
        if ((await made.phases()).includes("s5 ready")) await revoke(made, "s5");
        return observe(name);
      };
      made.sleep(30);
      const visit = await controller.visit();
      expect(visit).toMatchObject({ outcome: "lost" });
      expect(await made.phases()).toBe("s4 active, s5 revoking");
    });

    test("§3.5 everything under a KEK can be revoked, wave by wave", async () => {
      const made = await stage();
      made.publishAll();
      const controller = made.controller();
      await made.run(controller, contains("s4 active, s5 ready"));
      const wave = await revokeEverything(controller.deps, { actor: "test", reason: "KEK", wave: { limit: 1 } });
      expect(wave).toEqual({ domains: 1, keys: 2, next: null });
      expect(await made.phases()).toBe("s4 revoking, s5 revoking");
      await made.run(controller, contains("s6 active"));
      const again = await revokeEverything(controller.deps, { actor: "test", reason: "KEK", wave: { limit: 1 } });
      expect(again).toMatchObject({ domains: 1 });
    });

    test.each(["before-revoke", "after-revoke"] as const)(
      "I-13 a controller that dies %s is followed by one that goes on",
      async (point) => {
        expect(crashPoints).toContain(point);
        const made = await stage();
        made.publishAll();
        await made.run(made.controller(), contains("s4 active, s5 ready"));
        await revoke(made, "s4");
        await expect(made.run(made.controller(point), contains("s4 withdrawn"))).rejects.toThrow(Crash);
        made.sleep(121);
        await made.run(made.controller(), contains("s4 withdrawn"));
        expect(await made.phases()).toMatch(/^s4 withdrawn, s5 active, s6 (publish|ready)/);
      },
    );
  });

  describe("a rotation that is taken back", () => {
    test("goes back to the key that drains once it was seen, and the newer one drains", async () => {
      const made = await stage();
      made.publishAll();
      const controller = made.controller();
      await made.run(controller, contains("s4 active, s5 ready"));
      await expect(rollBack(controller.deps, who(made), "test")).rejects.toMatchObject({ code: "not-ready" });
      await request(made);
      await made.run(controller, contains("s4 draining, s5 active"));
      expect(await rollBack(controller.deps, who(made), "test")).toEqual([{ role: "second", from: "s5", to: "s4" }]);
      await made.run(controller, contains("s4 active, s5 draining"));
      await made.run(controller, contains("s4 active, s5 withdrawn"));
    });

    test("S3 a server that comes back with an old zone after the switch takes the signers back", async () => {
      const made = await stage();
      made.publishAll();
      const controller = made.controller();
      await made.run(controller, contains("s4 active, s5 ready"));
      await request(made);
      await made.run(controller, contains("s4 draining, s5 active"));
      made.authorities.old.set("192.0.2.2", targetName(made.claim, 5, dns));
      await made.run(controller, contains("s4 active, s5 draining"), 60);
    });

    test("called off before its switch, it leaves no trace but a withdrawn key, and is not begun again", async () => {
      const made = await stage({ method: "ns-branch" });
      made.publishAll();
      const controller = made.controller();
      await made.run(controller, contains(" active, feb2026-ed25519-2.s ready"));
      await expect(callOff(controller.deps, who(made))).rejects.toMatchObject({ code: "not-ready" });
      await revoke(made, "feb2026-ed25519-2.s");
      const asked = await request(made);
      expect(await callOff(controller.deps, who(made))).toEqual([asked.id]);
      await made.run(
        controller,
        contains("feb2026-ed25519.s active, feb2026-ed25519-2.s withdrawn, feb2026-ed25519-3.s ready"),
      );
      const { rotations } = await listKeys(controller.deps, made.tenantId, made.domainId);
      expect(rotations.find(({ id }) => id === asked.id)?.steps).toEqual([{ role: "second", step: "ABORT" }]);
    });
  });

  describe("a database that was restored from an old backup", () => {
    test("S9 I-22 a key that no server has any more signs no longer, and a new one takes over under another name", async () => {
      const made = await stage();
      made.publishAll();
      const controller = made.controller();
      await made.run(controller, contains("s4 active, s5 ready"));
      made.authorities.instead.set(targetName(made.claim, 4, dns), "");
      made.authorities.instead.set(targetName(made.claim, 5, dns), "");
      await made.run(controller, contains("s4 draining"), 60);
      await made.run(controller, contains("s6 active"));
    });

    test("S10 I-22 a name under which DNS has a key that nobody knows is left alone", async () => {
      const made = await stage();
      made.publishAll();
      made.authorities.instead.set(targetName(made.claim, 5, dns), "v=DKIM1; k=ed25519; p=c3RyYW5nZXI=");
      const controller = made.controller();
      await made.run(controller, (phases) => phases.includes("s6 ready"));
      expect(await made.phases()).toContain("s5 withdrawn");
      expect(await made.phases()).toContain("s4 active");
    });

    test("I-15 a key that DNS calls revoked is revoked, whatever the backup says", async () => {
      const made = await stage();
      made.publishAll();
      const controller = made.controller();
      await made.run(controller, contains("s4 active, s5 ready"));
      const { record } = await keyNamed(made, "s4");
      made.authorities.instead.set(targetName(made.claim, 4, dns), revokedTextOf(record));
      await made.run(controller, contains("s4 revoking"), 60);
      await made.run(controller, contains("s5 active"));
    });
  });
}
