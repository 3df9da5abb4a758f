import { afterEach, describe, expect, test } from "vitest";
import { listIssuedNames } from "../../engine/database/issued-names.ts";
import { listStreams } from "../../engine/database/streams.ts";
import { freshDatabase } from "../../engine/database/fresh.fixture.ts";
import { streamRecords } from "../../model/rotation/stream.ts";
import { callOff } from "./go-back.ts";
import { listKeys } from "./key-list.ts";
import { contains, type Stage, stageOf, type StageOptions } from "./lifecycle.fixture.ts";
import { removePolicy, setPolicy, showPolicy } from "./policies.ts";
import { requestMove } from "./request-move.ts";
import { requestRotation } from "./request-rotation.ts";
import { revokeKey } from "./revoke-key.ts";
import { addStream, removeStream, streamsOf } from "./streams.ts";

const stages: Stage[] = [];
afterEach(async () => {
  await Promise.all(stages.splice(0).map((stage) => stage.close()));
});

const depsOf = (stage: Stage) => stage.controller().deps;
const whoOf = ({ tenantId, domainId }: Stage) => ({ tenantId, domainId, actor: "test" });
const keysOf = async (stage: Stage) => (await listKeys(depsOf(stage), stage.tenantId, stage.domainId)).keys;

/** A domain that signs, with a stream whose aliases the customer has published. */
async function withStream(name: string, options: StageOptions = {}): Promise<Stage> {
  const stage = await stageOf(await freshDatabase(), options);
  stages.push(stage);
  stage.publishAll();
  await stage.run(stage.controller(), contains("active"));
  await addStream(depsOf(stage), whoOf(stage), name);
  await publishStreams(stage);
  return stage;
}

async function publishStreams({ db, tenantId, domainId, claim, settings, authorities }: Stage): Promise<void> {
  for (const stream of await listStreams(db, tenantId, domainId))
    for (const { name, data } of streamRecords(claim, { ...stream, removed: false }, ["second"], settings.dns!, []))
      authorities.published.set(name, { alias: data.replace(/\.$/, "") });
}

describe("a stream", () => {
  test("I-5 I-14 has keys of its own beside the default stream's, rotates by itself, and when it is removed its keys drain and go", async () => {
    const stage = await withStream("news");
    const controller = stage.controller();
    await stage.run(controller, contains("s-news4 active"));
    const before = (await keysOf(stage)).filter(({ stream }) => stream === "");
    expect((await keysOf(stage)).filter(({ phase }) => phase === "active").map(({ stream }) => stream)).toEqual([
      "",
      "news",
    ]);

    await stage.run(controller, contains("s-news5 ready"));
    const { tenantId, domainId } = stage;
    const rotation = await requestRotation(depsOf(stage), { tenantId, domainId, stream: "news", requestedBy: "test" });
    expect(rotation.stream).toBe("news");
    await stage.run(controller, contains("s-news5 active"));
    const after = (await keysOf(stage)).filter(({ stream }) => stream === "");
    expect(after.map(({ id }) => id)).toEqual(expect.arrayContaining(before.map(({ id }) => id)));
    expect(after.find(({ phase }) => phase === "active")!.id).toBe(before.find(({ phase }) => phase === "active")!.id);

    await removeStream(depsOf(stage), whoOf(stage), "news");
    const steps = await stage.run(controller, (phases) => /s-news4 destroyed.*s-news5 destroyed/.test(phases), 3000);
    const stopped = steps.indexOf("deactivated s-news5");
    expect(stopped).toBeGreaterThanOrEqual(0);
    expect(steps.indexOf("withdraw s-news5")).toBeGreaterThan(stopped);
    const left = await keysOf(stage);
    expect(left.filter(({ stream, phase }) => stream === "news" && phase !== "destroyed")).toEqual([]);
    expect(left.some(({ stream, phase }) => stream === "" && phase === "active")).toBe(true);
  });

  test("whose aliases nobody has published keeps the default stream from nothing", async () => {
    const stage = await withStream("news");
    stage.authorities.published.forEach((_, name, all) => void (name.startsWith("s-news") && all.delete(name)));
    const controller = stage.controller();
    await stage.run(controller, contains("s5 ready"));
    const { tenantId, domainId } = stage;
    await requestRotation(depsOf(stage), { tenantId, domainId, requestedBy: "test" });
    await stage.run(controller, contains("s5 active"));
    expect(await stage.phases()).toContain("s-news4 publishing");
    await expect(
      requestRotation(depsOf(stage), { tenantId, domainId, stream: "news", requestedBy: "test" }),
    ).rejects.toThrow("the stream news of customer.example has no active key yet");
  });

  test("under ns-branch needs nothing new of the customer", async () => {
    const stage = await withStream("news", { method: "ns-branch" });
    const controller = stage.controller();
    await stage.run(controller, (phases) => /-news-ed25519\.s active/.test(phases));
    expect((await keysOf(stage)).find(({ stream }) => stream === "news")!.keyName).toMatch(
      /^[a-z]{3}2026-news-ed25519\.s\._domainkey\.customer\.example$/,
    );
  });

  test("I-16 has names of ours that were issued with it, and its own name is not given again", async () => {
    const stage = await withStream("news");
    const issued = async () =>
      (await listIssuedNames(stage.db, stage.tenantId, stage.domainId)).map(({ name }) => name);
    const first = await issued();
    expect(new Set(first).size).toBe(3); // the fixture adds its claim without names
    await removeStream(depsOf(stage), whoOf(stage), "news");
    await expect(addStream(depsOf(stage), whoOf(stage), "news")).rejects.toMatchObject({ code: "already-exists" });
    await expect(removeStream(depsOf(stage), whoOf(stage), "news")).rejects.toMatchObject({ code: "not-found" });
    await expect(removeStream(depsOf(stage), whoOf(stage), "")).rejects.toMatchObject({ code: "not-found" });
    await addStream(depsOf(stage), whoOf(stage), "offers");
    expect(await issued()).toHaveLength(6);
    expect(await streamsOf(depsOf(stage), stage.tenantId, stage.domainId)).toMatchObject([
      { name: "news", removedAt: expect.any(Number) },
      { name: "offers", removedAt: null, selectors: [] },
    ]);
  });

  test("that was removed gets no second key by a policy that has one always", async () => {
    const stage = await withStream("news", { method: "ns-branch", algorithms: ["rsa-sha256"] });
    const { tenantId, domainId } = stage;
    await stage.run(stage.controller(), (phases) => /-news\.s active/.test(phases));
    await removeStream(depsOf(stage), whoOf(stage), "news");
    await setPolicy(depsOf(stage), { tenantId, domainId }, { fields: { dualSigning: "always" } }, "test");
    await stage.run(stage.controller(), (phases) => /-ed25519\.s active/.test(phases));
    expect((await keysOf(stage)).filter(({ stream, role }) => stream === "news" && role === "second")).toEqual([]);
  });

  test("keeps its domain from moving to another method", async () => {
    const stage = await withStream("news");
    const { tenantId, domainId } = stage;
    const move = () => requestMove(depsOf(stage), { tenantId, domainId, requestedBy: "test" }, "ns-branch");
    await expect(move()).rejects.toThrow("has streams");
    await stage.run(stage.controller(), contains("s-news4 active"));
    await removeStream(depsOf(stage), whoOf(stage), "news");
    await expect(move()).rejects.toThrow("on their way out");
  });
});

describe("people who intervene", () => {
  test("S11 call off the rotation of the stream that they name, and revoke a key with the stand-by of its own stream", async () => {
    const stage = await withStream("news");
    const controller = stage.controller();
    await stage.run(controller, contains("s-news5 ready"));
    const { tenantId, domainId } = stage;
    const { id } = await requestRotation(depsOf(stage), { tenantId, domainId, stream: "news", requestedBy: "test" });
    await expect(callOff(depsOf(stage), whoOf(stage))).rejects.toThrow("no rotation before its switch");
    await expect(callOff(depsOf(stage), { ...whoOf(stage), stream: "none" })).rejects.toThrow("no stream none");
    expect(await callOff(depsOf(stage), { ...whoOf(stage), stream: "news" })).toEqual([id]);
    const signing = (await keysOf(stage)).find(({ stream, phase }) => stream === "news" && phase === "active")!;
    const revoked = await revokeKey(depsOf(stage), whoOf(stage), { keyId: signing.id, reason: "leaked" });
    expect(revoked.standIn).toMatchObject({ by: "stand-by", selector: "s-news5" });
  });
});

describe("the policy of a stream", () => {
  test("comes from the stream, else from its domain, else from the tenant, and can be taken back", async () => {
    const stage = await withStream("news");
    const { tenantId, domainId } = stage;
    const at = { tenantId, domainId, stream: "news" };
    const deps = depsOf(stage);
    await setPolicy(deps, { tenantId }, { fields: { keyType: "rsa3072", standby: false } }, "test");
    await setPolicy(deps, { tenantId, domainId }, { fields: { intervalSeconds: 2000, standby: true } }, "test");
    await setPolicy(deps, at, { fields: { intervalSeconds: 1000 } }, "test");
    expect((await showPolicy(deps, at)).effective).toMatchObject({
      policy: { intervalSeconds: 1000, keyType: "rsa3072", standby: true },
      from: { intervalSeconds: "stream", keyType: "tenant", standby: "domain" },
    });
    expect((await showPolicy(deps, { tenantId, domainId })).effective.policy.intervalSeconds).toBe(2000);
    await expect(showPolicy(deps, { ...at, stream: "none" })).rejects.toMatchObject({ code: "not-found" });
    await removePolicy(deps, at, "test");
    expect((await showPolicy(deps, at)).effective.from.intervalSeconds).toBe("domain");
    await expect(removePolicy(deps, at, "test")).rejects.toMatchObject({ code: "not-found" });
  });

  test("rotates the stream by its own interval, and no other", async () => {
    const stage = await withStream("news");
    const { tenantId, domainId } = stage;
    await setPolicy(
      depsOf(stage),
      { tenantId, domainId, stream: "news" },
      { fields: { intervalSeconds: 100 } },
      "test",
    );
    await stage.run(stage.controller(), contains("s-news5 active"), 900);
    expect(await stage.phases()).toContain("s4 active");
  });
});
