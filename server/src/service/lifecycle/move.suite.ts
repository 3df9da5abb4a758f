import { describe, expect, test } from "vitest";
import { listMoveFacts } from "../../engine/database/move-facts.ts";
import { listRolls } from "../../engine/database/rolls.ts";
import { contains, moveStageOf, publishFor, request, type Stage } from "./lifecycle.fixture.ts";
import { abortMove, requestMove } from "./request-move.ts";

type Fresh = () => Promise<Stage>;

const asked = ({ tenantId, domainId }: Stage) => ({ tenantId, domainId, requestedBy: "test" });
const move = async (made: Stage, to: "ns-branch" | "cname-ring"): Promise<void> =>
  requestMove(made.controller().deps, asked(made), to);
const abort = async (made: Stage): Promise<void> => abortMove(made.controller().deps, asked(made));
/** A domain that signs in a ring, with a stand-by. */
async function ringStage(stage: Fresh): Promise<Stage> {
  const made = await stage();
  made.publishAll();
  await made.run(made.controller(), contains("s4 active, s5 ready"));
  return made;
}

/** What has to hold on SQLite and on PostgreSQL alike. */
export function describeMoves(stage: Fresh): void {
  describe("a move from one method to another", () => {
    describe("from a ring to a branch", () => {
      test("nothing of the ring changes before the branch is delegated; then the switch, the drain, and the ring's end", async () => {
        const made = await ringStage(stage);
        const controller = made.controller();
        await move(made, "ns-branch");
        expect((await controller.visit()).steps).toContain("move asked");
        expect(await made.phases()).toBe("s4 active, s5 ready");

        await publishFor(made, "ns-branch");
        const before = await made.run(controller, contains("feb2026-ed25519.s active"));
        expect(before).toContain("move delegated");
        expect(await made.phases()).toMatch(/^s4 draining, s5 (ready|withdrawing), feb2026-ed25519.s active/);

        const after = await made.run(controller, contains("s4 withdrawn"));
        expect([...before, ...after]).toContain("withdraw s5");
        await made.run(controller, (phases) => /s4 \w+, s5 (withdrawn|destroyed)/.test(phases));
        await controller.visit();
        expect(await moveStageOf(made)).toBe("settled");
        expect(await made.method()).toBe("ns-branch");

        await publishFor(made, "cname-ring", "absent");
        await controller.visit();
        expect(await moveStageOf(made)).toBeUndefined();
        await request(made);
        await made.run(controller, contains("feb2026-ed25519-2.s active"));
      });

      test("a ring that is turned while the branch is awaited turns as ever", async () => {
        const made = await ringStage(stage);
        await move(made, "ns-branch");
        await request(made);
        await made.run(made.controller(), contains("s4 draining, s5 active"));
      });
    });

    describe("a move that is given up", () => {
      test("before the switch leaves the old keys as they are, and takes the new one back", async () => {
        const made = await ringStage(stage);
        const controller = made.controller();
        await move(made, "ns-branch");
        await controller.visit();
        await publishFor(made, "ns-branch");
        await made.run(controller, contains("feb2026-ed25519.s publish"));
        await abort(made);
        await made.run(controller, contains("feb2026-ed25519.s withdrawn"));
        await controller.visit();
        expect(await made.phases()).toMatch(/^s4 active, s5 ready, /);
        expect(await moveStageOf(made)).toBe("settled");
        expect(await made.method()).toBe("cname-ring");
      });

      test("is refused once mail is signed under the new method", async () => {
        const made = await ringStage(stage);
        const controller = made.controller();
        await move(made, "ns-branch");
        await controller.visit();
        await publishFor(made, "ns-branch");
        await made.run(controller, contains("feb2026-ed25519.s active"));
        await expect(abort(made)).rejects.toMatchObject({ code: "not-ready" });
      });
    });

    describe("what is refused", () => {
      test("a second move, a move to where the claim is, one of a claim that does not sign, and giving up what is not", async () => {
        const made = await ringStage(stage);
        await expect(move(made, "cname-ring")).rejects.toMatchObject({ code: "invalid-input" });
        await expect(abort(made)).rejects.toMatchObject({ code: "not-found" });
        await move(made, "ns-branch");
        await expect(move(made, "ns-branch")).rejects.toMatchObject({ code: "move-under-way" });
        await abort(made);
        await expect(abort(made)).rejects.toMatchObject({ code: "not-ready" });
        await expect(move(await stage(), "ns-branch")).rejects.toMatchObject({ code: "not-ready" });
      });

      test("of ten who ask at once, one is heard", async () => {
        const made = await ringStage(stage);
        const answers = await Promise.allSettled(Array.from({ length: 10 }, () => move(made, "ns-branch")));
        expect(answers.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
      });
    });

    test("I-13 a controller that dies before and after each part of a move records each part once", async () => {
      const made = await ringStage(stage);
      await move(made, "ns-branch");
      const dies = async (): Promise<void> => {
        for (const point of ["before-move", "after-move"] as const) {
          await expect(made.run(made.controller(point), () => false, 400)).rejects.toThrow(point);
          made.sleep(121); // the dead one's lease
        }
      };
      await dies(); // asked
      await publishFor(made, "ns-branch");
      await dies(); // delegated
      await dies(); // settled
      await publishFor(made, "cname-ring", "absent");
      await dies(); // cleared
      const facts = await listMoveFacts(made.db, made.tenantId, made.domainId);
      expect(facts.map(({ kind }) => kind)).toEqual(["requested", "asked", "delegated", "settled", "cleared"]);
      const entries = (await listRolls(made.db, made.domainId, 0, 1000)).map(({ line }) => line);
      const moved = entries.filter((line) => line.includes('"kind":"moved"'));
      expect(moved).toEqual([expect.stringContaining('{"from":"cname-ring","to":"ns-branch"}')]);
      expect(await made.method()).toBe("ns-branch");
    });
  });
}
