import { generateKeyPairSync } from "node:crypto";
import { formatKeyRecord } from "chancery/dkim";
import { describe, expect, test } from "vitest";
import { appendAliasFact, listAliasFacts } from "../../engine/database/alias-facts.ts";
import { markDomainReleased, putDomainOptions } from "../../engine/database/domains.ts";
import { insertReport } from "../../engine/database/reports.ts";
import { transact } from "../../engine/database/transact.ts";
import { cnameChain } from "../../model/delegation/delegation-chain.ts";
import { listAliases } from "./alias-list.ts";
import { aliasCrashPoints } from "./crash-points.ts";
import { Crash, type Controller, dns, type Stage, type StageOptions } from "./lifecycle.fixture.ts";
import { requestAliasMove } from "./request-alias-move.ts";
import { aliasServedAt, observeThrough } from "./upstreams.fixture.ts";

const keyText = (): string => formatKeyRecord(generateKeyPairSync("ed25519").publicKey);
const [oldTarget, newTarget] = ["s1.old.example", "s1.new.example"];

/** The world of a chain: upstreams with their keys, and our own zone as the database has it. */
type ChainStage = {
  made: Stage;
  keys: Map<string, string>;
  controllerOf: (crashAt?: string) => Controller;
  aliasName: string;
};

async function chainOf(stage: (options?: StageOptions) => Promise<Stage>): Promise<ChainStage> {
  const made = await stage({ method: "cname-chain" });
  const options = { selectors: ["s1"] };
  const { domainId, db } = made;
  await transact(db, async (trx) => {
    await putDomainOptions(trx, domainId, options);
    const evidence = { to: oldTarget, by: "test" };
    await appendAliasFact(trx, { domainId, selector: "s1", kind: "asked", evidence, at: 1, trustedMs: 0 });
  });
  const keys = new Map([oldTarget, newTarget].map((name) => [name, keyText()]));
  const aliasName = cnameChain.upstreamAliases!({ ...made.claim, options }, dns)[0]!.aliasName;
  const observe = observeThrough(db, aliasName, keys);
  const controllerOf = (crashAt?: string): Controller => {
    const controller = made.controller(crashAt as Parameters<Stage["controller"]>[0]);
    controller.deps.observe = observe;
    return controller;
  };
  return { made, keys, controllerOf, aliasName };
}

const servedAt = ({ db }: Stage, name: string): Promise<string | undefined> => aliasServedAt(db, name);

const told = async ({ made }: ChainStage): Promise<string> => {
  const [alias] = await listAliases(made.controller().deps, made.tenantId, made.domainId);
  return `${alias!.target ?? "-"} ${alias!.phase}${alias!.wanted === undefined ? "" : ` to ${alias!.wanted}`}`;
};

/** Visits until the alias is as wanted; answers the steps, without looks. */
async function run(stage: ChainStage, controller: Controller, wanted: string, secondsMax = 120): Promise<string[]> {
  const steps: string[] = [];
  for (let passed = 0; passed < secondsMax; passed++) {
    steps.push(...(await controller.visit()).steps.filter((step) => !step.startsWith("observe")));
    if ((await told(stage)) === wanted) return steps;
    stage.made.sleep(1);
  }
  throw new Error(`still "${await told(stage)}" after ${steps.join(", ")}`);
}

const ask = ({ made, controllerOf }: ChainStage, request: Parameters<typeof requestAliasMove>[2]) =>
  requestAliasMove(
    controllerOf().deps,
    { tenantId: made.tenantId, domainId: made.domainId, selector: "s1", requestedBy: "test" },
    request,
  );

/** What has to hold of `cname-chain` on SQLite and on PostgreSQL alike. */
export function describeAliases(stage: (options?: StageOptions) => Promise<Stage>): void {
  describe("an alias that leads on to an upstream", () => {
    test("is served, settles, waits for the old upstream's mail, moves, and goes back", async () => {
      const chain = await chainOf(stage);
      const controller = chain.controllerOf();
      expect(await run(chain, controller, `${oldTarget} settled`)).toEqual(["move s1", "confirmed s1", "settled s1"]);
      const asked = await ask(chain, { move: { to: newTarget } });
      expect(asked.wanted).toBe(newTarget);
      for (let passed = 0; passed < 60; passed++) {
        await controller.visit();
        chain.made.sleep(1);
      }
      expect(await told(chain)).toBe(`${oldTarget} settled to ${newTarget}`);
      const stopped = await ask(chain, { oldStoppedAt: chain.made.wallSeconds() });
      expect(stopped.waits.find(({ for: what }) => what === "drain")?.until).toBeGreaterThan(chain.made.wallSeconds());
      expect(await run(chain, controller, `${newTarget} settled`)).toEqual(["move s1", "confirmed s1", "settled s1"]);
      expect(await servedAt(chain.made, chain.aliasName)).toBe(newTarget);
      await ask(chain, { move: "back", oldStoppedAt: chain.made.wallSeconds() });
      await run(chain, controller, `${oldTarget} settled`);
    });

    test("a way back from a target that lost its key is free", async () => {
      const chain = await chainOf(stage);
      const controller = chain.controllerOf();
      await run(chain, controller, `${oldTarget} settled`);
      chain.keys.delete(oldTarget);
      await ask(chain, { move: { to: newTarget } });
      expect(await run(chain, controller, `${newTarget} settled`)).toContain("move s1");
    });

    test("that the upstream has stopped is asked about again where a report saw its mail after that", async () => {
      const chain = await chainOf(stage);
      await run(chain, chain.controllerOf(), `${oldTarget} settled`);
      const { db, tenantId, claim, wallSeconds } = chain.made;
      const now = Math.floor(wallSeconds());
      const span = { domain: claim.domain, beginAt: now - 86_400, endAt: now - 60, takenAt: now };
      const report = { tenantId, identity: "r", kind: "aggregate", organization: "Receiver", reportId: "r" } as const;
      const use = { signingDomain: claim.domain, selector: "s1", passed: 3, failed: 0, sources: [] };
      await transact(db, (trx) => insertReport(trx, { ...report, ...span, messages: 3 }, [use]));
      await expect(ask(chain, { oldStoppedAt: now - 3600 })).rejects.toMatchObject({ code: "confirmation-needed" });
      expect((await ask(chain, { oldStoppedAt: now - 3600, yes: true })).use).toMatchObject({
        state: "seen",
        messages: 3,
      });
      await ask(chain, { oldStoppedAt: now });
    });

    test("a move that is called off is not made", async () => {
      const chain = await chainOf(stage);
      const controller = chain.controllerOf();
      await run(chain, controller, `${oldTarget} settled`);
      await ask(chain, { move: { to: newTarget } });
      await ask(chain, { move: "cancel", oldStoppedAt: 1 });
      for (let passed = 0; passed < 60; passed++) await controller.visit().then(() => chain.made.sleep(1));
      expect(await told(chain)).toBe(`${oldTarget} settled`);
    });

    test.each([
      [{ move: "back" } as const, "never moved"],
      [{ move: "cancel" } as const, "no move"],
      [{ move: { to: oldTarget } }, "leads to s1.old.example already"],
      [{ move: { to: "x.dkim.esp.example" } }, "our own zone"],
      [{ move: { to: "s2.new.example" } }, "leads to no sound key"],
      [{ oldStoppedAt: 4_000_000_000 }, "in the future"],
      [{}, "say what to do"],
    ])("refuses %j", async (request, reason) => {
      const chain = await chainOf(stage);
      await run(chain, chain.controllerOf(), `${oldTarget} settled`);
      await expect(ask(chain, request)).rejects.toThrow(reason);
    });

    test("S27 a claim that is given up keeps its alias until mail has arrived", async () => {
      const chain = await chainOf(stage);
      const controller = chain.controllerOf();
      await run(chain, controller, `${oldTarget} settled`);
      const { db, tenantId, domainId } = chain.made;
      await transact(db, (trx) => markDomainReleased(trx, tenantId, domainId, chain.made.wallSeconds()));
      await controller.visit();
      expect(await servedAt(chain.made, chain.aliasName)).toBe(oldTarget);
      await run(chain, controller, "- removed");
      expect(await servedAt(chain.made, chain.aliasName)).toBeUndefined();
    });

    test.each(aliasCrashPoints)(
      "I-13 a controller that is killed %s: the alias comes to the same end",
      async (point) => {
        const chain = await chainOf(stage);
        const { db, tenantId, domainId } = chain.made;
        let crashed = 0;
        const through = async (wanted: string): Promise<void> => {
          let controller = chain.controllerOf(crashed === 0 ? point : undefined);
          for (;;)
            try {
              return void (await run(chain, controller, wanted));
            } catch (error) {
              if (!(error instanceof Crash)) throw error;
              crashed++;
              chain.made.sleep(121);
              controller = chain.controllerOf();
            }
        };
        await through(`${oldTarget} settled`);
        await transact(db, (trx) => markDomainReleased(trx, tenantId, domainId, chain.made.wallSeconds()));
        await through("- removed");
        expect(crashed).toBe(1);
        const kinds = (await listAliasFacts(db, tenantId, domainId)).map(({ kind }) => kind);
        expect(kinds).toEqual(["asked", "served", "confirmed", "settled", "leaving", "removed"]);
      },
    );
  });
}
