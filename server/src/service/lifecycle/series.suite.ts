import { describe, expect, test } from "vitest";
import { findDomain } from "../../engine/database/domains.ts";
import { listIssuedNames } from "../../engine/database/issued-names.ts";
import { putRecordState } from "../../engine/database/record-states.ts";
import { transact } from "../../engine/database/transact.ts";
import { cnameSeries } from "../../model/delegation/delegation-series.ts";
import type { OfferedName } from "../../model/delegation/delegation.ts";
import { listKeys } from "./key-list.ts";
import { contains, Crash, dns, request, type Stage, type StageOptions } from "./lifecycle.fixture.ts";

type Offered = Omit<OfferedName, "state">;

async function namesOf({ db, tenantId, domainId, claim }: Stage): Promise<Offered[]> {
  const row = await findDomain(db, tenantId, domainId);
  return cnameSeries.offered!({ ...claim, options: row!.options }, dns);
}

/** The customer publishes these names, and the look at what a customer publishes has seen it. */
async function publish(made: Stage, names: readonly Offered[]): Promise<void> {
  for (const { keyName, target } of names) {
    made.authorities.published.set(keyName, { alias: target });
    const state = { name: keyName, type: "CNAME", state: "present" as const, found: {}, checkedAt: made.wallSeconds() };
    await transact(made.db, (trx) => putRecordState(trx, { domainId: made.domainId, ...state }));
  }
}

const waitsOf = async (made: Stage): Promise<string[]> =>
  (await listKeys(made.controller().deps, made.tenantId, made.domainId)).waits.map(({ reason }) => reason);

/** What has to hold of `cname-series` on SQLite and on PostgreSQL alike. */
export function describeSeries(stage: (options?: StageOptions) => Promise<Stage>): void {
  describe("a series of names published ahead", () => {
    const started = async (): Promise<Stage> => {
      const made = await stage({ method: "cname-series", algorithms: ["rsa-sha256"] });
      made.settings.policy = { ...made.settings.policy, rotateAfterSeconds: 120 * 86_400 };
      await made.controller().visit();
      return made;
    };

    test("I-20 waits for the first name with the record to publish, and passes over one that is not there", async () => {
      const made = await started();
      const names = await namesOf(made);
      expect(names).toHaveLength(7);
      const [first, second, third] = names;
      expect(await waitsOf(made)).toContain(
        `no name is left that the customer published: publish ${first!.keyName} CNAME ${first!.target}`,
      );
      await publish(made, [second!, third!]);
      await made.run(made.controller(), contains("ready"));
      const label = (name: Offered): string => name.keyName.split(".")[0]!;
      expect(await made.phases()).toBe(`${label(second!)} active, ${label(third!)} ready`);
    });

    test("I-16 I-20 each name serves one key; the next ones are issued in time, and without them the key signs on", async () => {
      const made = await started();
      const names = await namesOf(made);
      await publish(made, names);
      const controller = made.controller();
      await made.run(controller, contains("ready"));
      for (let turn = 1; turn < names.length - 1; turn++) {
        await request(made);
        await made.run(
          controller,
          (phases) => phases.split("ready").length === 2 && phases.split("draining").length > 1,
        );
        await made.run(controller, (phases) => !phases.includes("draining") && phases.includes("ready"));
      }
      await request(made);
      await made.run(controller, (phases) => !phases.includes("draining") && !phases.includes("ready"));
      made.sleep(600);
      await controller.visit();
      const { keys } = await listKeys(controller.deps, made.tenantId, made.domainId);
      expect(new Set(keys.map(({ selector }) => selector)).size).toBe(keys.length);
      expect(keys.at(-1)).toMatchObject({ slot: 7, phase: "active" });
      const all = await namesOf(made);
      expect(all).toHaveLength(14);
      expect((await listIssuedNames(made.db, made.tenantId, made.domainId)).map(({ name }) => name).sort()).toEqual(
        all.map(({ target }) => target).sort(),
      );
      expect(await waitsOf(made)).toContain(
        `no name is left that the customer published: publish ${all[7]!.keyName} CNAME ${all[7]!.target}`,
      );
      await publish(made, [all[9]!]);
      await made.run(controller, contains(`${all[9]!.keyName.split(".")[0]} ready`));
    });

    test.each(["before-issue", "after-issue"] as const)(
      "I-13 a controller that is killed %s: the names are issued once",
      async (point) => {
        const made = await stage({ method: "cname-series", algorithms: ["rsa-sha256"] });
        await expect(made.controller(point).visit()).rejects.toThrow(Crash);
        made.sleep(121);
        await made.controller().visit();
        expect(await namesOf(made)).toHaveLength(16);
        expect(await listIssuedNames(made.db, made.tenantId, made.domainId)).toHaveLength(16);
      },
    );
  });
}
