import { afterEach, describe, expect, test } from "vitest";
import { freshDatabase } from "../../engine/database/fresh.fixture.ts";
import { weekdays } from "../../model/rotation/change-window.ts";
import { listKeys } from "./key-list.ts";
import { contains, request, type Stage, stageOf, type StageOptions } from "./lifecycle.fixture.ts";
import { removePolicy, setPolicy, showPolicy } from "./policies.ts";
import { requestRotation } from "./request-rotation.ts";

const stages: Stage[] = [];
async function live(options: StageOptions = {}): Promise<Stage> {
  const stage = await stageOf(await freshDatabase(), { algorithms: ["rsa-sha256"], ...options });
  stages.push(stage);
  stage.publishAll();
  await stage.run(stage.controller(), contains("active"));
  return stage;
}
afterEach(async () => {
  await Promise.all(stages.splice(0).map((stage) => stage.close()));
});
const placeOf = ({ tenantId, domainId }: Stage): { tenantId: string; domainId: string } => ({ tenantId, domainId });
const depsOf = (stage: Stage) => stage.controller().deps;
const set = (stage: Stage, fields: Parameters<typeof setPolicy>[2]["fields"]) =>
  setPolicy(depsOf(stage), placeOf(stage), { fields }, "test");

describe("the policy of a domain", () => {
  test("tells each wait with what was measured, and refuses an interval that a ring cannot keep", async () => {
    const stage = await live();
    const { waits } = await showPolicy(depsOf(stage), placeOf(stage));
    const [visibility, drain] = waits!.waits;
    expect(visibility).toMatchObject({ wait: "W", seconds: 6, formula: "max(P, N) + R" }); // TTL 5 and 1 s of slack
    expect(visibility!.inputs.map(({ symbol, seconds }) => `${symbol}=${seconds}`)).toContain("P=5");
    expect(drain).toMatchObject({ wait: "D", seconds: 3 + 17 + 2 });
    expect(waits!.shortestIntervalSeconds).toBe((6 + 22) / 2);
    await expect(set(stage, { intervalSeconds: 13 })).rejects.toThrow("14 s");
    expect((await set(stage, { intervalSeconds: 14 })).effective.policy.intervalSeconds).toBe(14);
  });

  test("comes from the domain, else from its tenant, and can be taken back", async () => {
    const stage = await live();
    const { tenantId } = stage;
    await setPolicy(depsOf(stage), { tenantId }, { preset: "high-risk", fields: { keyType: "rsa3072" } }, "test");
    await set(stage, { intervalSeconds: 1000 });
    expect(await showPolicy(depsOf(stage), placeOf(stage))).toMatchObject({
      effective: { policy: { intervalSeconds: 1000, keyType: "rsa3072" }, from: { keyType: "tenant" } },
    });
    await removePolicy(depsOf(stage), placeOf(stage), "test");
    expect(await showPolicy(depsOf(stage), placeOf(stage))).toMatchObject({
      effective: { policy: { intervalSeconds: 7_776_000 }, from: { intervalSeconds: "tenant" } },
    });
  });

  test("makes the next keys of its type, and rotates by its interval", async () => {
    const stage = await live();
    await set(stage, { keyType: "rsa3072", intervalSeconds: 60 });
    const controller = stage.controller();
    await stage.run(controller, contains("s1 draining"), 400);
    await stage.run(controller, contains("s3 ready"), 400);
    await stage.run(controller, contains("s1 destroyed"), 900);
    const { keys } = await listKeys(controller.deps, stage.tenantId, stage.domainId);
    expect(keys.at(-1)!.bits).toBe(3072);
  });

  test("now asks for a rotation at once", async () => {
    const stage = await live();
    await setPolicy(depsOf(stage), placeOf(stage), { preset: "now", fields: {} }, "test");
    await stage.run(stage.controller(), contains("s1 draining, s2 active"), 60);
  });

  test("without a stand-by keeps none, and a rotation makes its own successor", async () => {
    const stage = await live();
    await set(stage, { standby: false });
    await stage.run(stage.controller(), contains("s2 ready"), 60);
    await request(stage);
    const controller = stage.controller();
    await stage.run(controller, contains("s1 draining, s2 active"), 60);
    await expect(stage.run(controller, contains("s3"), 15)).rejects.toThrow("still");
  });
});

describe("a change window", () => {
  test("holds a switch back until it opens, and nothing else; a first key does not wait for it", async () => {
    const stage = await live();
    const minute = Math.floor(stage.wallSeconds() / 60) % 1440;
    const fromMinute = Math.ceil((minute + 10) / 15) * 15;
    const window = { days: [...weekdays], timeZone: "UTC", fromMinute, toMinute: fromMinute + 15 };
    await set(stage, { changeWindows: [window] });
    stage.settings.policy = { ...stage.settings.policy, watchIntervalSeconds: 60 };
    const controller = stage.controller();
    await stage.run(controller, contains("s2 ready"), 60);
    await request(stage);
    await expect(stage.run(controller, contains("s2 active"), 300)).rejects.toThrow("still");
    const { keys } = await listKeys(depsOf(stage), stage.tenantId, stage.domainId);
    expect(keys[1]!.waits.map((wait) => wait.for)).toContain("change-window");
    await stage.run(controller, contains("s1 draining, s2 active"), 1500);
    expect((Math.floor(stage.wallSeconds() / 60) % 1440) - fromMinute).toBe(0);
  });
});

describe("dual signing on request", () => {
  test("I-5 an Ed25519 key signs from before the switch until the old key has drained, then drains itself", async () => {
    const stage = await live({ method: "ns-branch" });
    const controller = stage.controller();
    await stage.run(controller, contains("ready"), 60);
    const { tenantId, domainId } = stage;
    await requestRotation(depsOf(stage), { tenantId, domainId, requestedBy: "test", dual: true });
    const algorithms = async (): Promise<string> => {
      const { keys } = await listKeys(depsOf(stage), tenantId, domainId);
      return keys.map(({ algorithm, phase }) => `${algorithm.split("-")[0]} ${phase}`).join(", ");
    };
    const steps = await stage.run(controller, contains("draining"), 120);
    expect(await algorithms()).toMatch(/^rsa draining, rsa active, ed25519 active/);
    expect(steps.filter((step) => step.startsWith("switch"))).toHaveLength(2);
    await stage.run(controller, (phases) => !phases.includes("draining"), 300);
    await stage.run(controller, (phases) => phases.split("draining").length === 2, 300);
    expect(await algorithms()).toContain("ed25519 draining");
    await stage.run(controller, (phases) => phases.split("destroyed").length >= 3, 900);
    expect((await algorithms()).match(/active/g)).toHaveLength(1);
  });

  test("is refused where the customer published no name for it", async () => {
    const stage = await live();
    const { tenantId, domainId } = stage;
    await expect(
      requestRotation(depsOf(stage), { tenantId, domainId, requestedBy: "test", dual: true }),
    ).rejects.toThrow("--ed25519");
  });
});

test("I-21 a policy that changes does not shorten a wait that runs", async () => {
  const stage = await live();
  const controller = stage.controller();
  await stage.run(controller, contains("s2 ready"), 60);
  await request(stage);
  await stage.run(controller, contains("s1 draining"), 60);
  const drain = async () => (await listKeys(depsOf(stage), stage.tenantId, stage.domainId)).keys[0]!.waits;
  const before = await drain();
  expect(before).toMatchObject([{ for: "drain" }]);
  stage.settings.policy = { ...stage.settings.policy, downstreamQueueSeconds: 0, verifierDelaySeconds: 0 };
  await set(stage, { intervalSeconds: 100, standby: false });
  expect(await drain()).toEqual(before);
});
