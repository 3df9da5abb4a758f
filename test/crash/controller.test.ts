// kill -9 of the controller right before and right after each durable step of a rotation, while mail flows: the next controller
// goes on from what was recorded. One key a slot (I-13), one active key (I-5), no gap (I-6), and every message verifies.
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Key } from "@chancery/api";
import { type SmtpSink, startSink } from "../fakes/smtp-sink.ts";
import { type Chancery, newChancery } from "../rig/chancery.ts";
import { keysOf, takeDelegation, whenPhase } from "../rig/delegation.ts";
import { dig } from "../rig/dig.ts";
import { type Internet, startInternet } from "../rig/internet.ts";
import { newClient } from "../rig/mail.ts";
import { pause, type Peer, temporaryDirectory } from "../rig/peer.ts";
import { onTheWaySeconds, quickPolicy } from "../rig/policy.ts";
import { startStream } from "../rig/stream.ts";

const domain = "ring.example";
/** In the order in which a rotation comes to them: a stand-by takes over, its successor is made, the old key goes. */
const points = ["switch", "generate", "publish", "withdraw"].flatMap((step) => [`before-${step}`, `after-${step}`]);
const directory = temporaryDirectory("controller-crash");
let internet: Internet;
let sink: SmtpSink;
let chancery: Chancery;
let controller: Peer;

beforeAll(async () => {
  [internet, sink] = await Promise.all([startInternet({ net: 85, customers: [domain] }), startSink()]);
  chancery = await newChancery(internet, { ...quickPolicy, "relay.next_hop": `127.0.0.1:${sink.port}` });
  await chancery.run("nameserver");
  await Promise.all([chancery.run("relay"), chancery.run("api")]);
  controller = await chancery.run("controller");
});
afterAll(async () => {
  await chancery?.remove();
  await Promise.all([sink?.close(), internet?.stop()]);
  directory.remove();
});

const inPhase = (keys: readonly Key[], ...phases: readonly string[]): Key[] =>
  keys.filter(({ phase }) => phases.includes(phase));

/** What holds at every moment, whatever was killed. */
async function invariants(at: string): Promise<void> {
  const keys = await keysOf(chancery, domain);
  expect(inPhase(keys, "active"), `${at}: one active key`).toHaveLength(1);
  expect(
    inPhase(keys, "generated", "publishing", "published", "ready").length,
    `${at}: at most one key on its way`,
  ).toBeLessThanOrEqual(1);
  const slots = keys.filter(({ phase }) => phase !== "withdrawn" && phase !== "destroyed").map(({ target }) => target);
  expect(new Set(slots).size, `${at}: one key a slot`).toBe(slots.length);
  for (const key of inPhase(keys, "active", "draining", "ready")) {
    const served = await dig(chancery.listen.dns, key.target, "TXT");
    expect(served.answers, `${at}: ${key.selector} ${key.phase}`).toHaveLength(1);
    expect(served.answers[0]!.replaceAll(/"\s*"|"/g, "").replaceAll("\\;", ";"), `${at}: ${key.selector}`).toBe(
      key.record,
    );
  }
}

test("S6 I-13 a rotation whose controller dies at every step ends as one that was left alone", async () => {
  const [sender] = (await chancery.json(["sender", "add", "app@esp.example"])) as { password: string }[];
  const first = await takeDelegation(chancery, internet.customers[domain]!, "cname-ring");
  const standby = await whenPhase(chancery, domain, "ready");
  await controller.stop();
  const client = newClient(chancery.listen.relay, { name: "app@esp.example", password: sender!.password });
  const stream = startStream({
    lanes: [{ name: "relay", client, from: `news@${domain}` }],
    perSecond: 2,
    sink,
    chancery,
    internet,
    directory: directory.path,
    drainSeconds: onTheWaySeconds,
  });
  await chancery.json(["key", "rotate", domain]);

  for (const point of points) {
    const from = performance.now();
    controller = await chancery.run("controller", { CRASH_AT: point });
    const ended = await Promise.race([controller.ended, pause(90)]);
    if (ended === undefined)
      throw new Error(`the controller never came to ${point}:\n${controller.output().slice(-3000)}`);
    expect(ended.signal, `${point}: ${controller.output()}`).toBe("SIGKILL");
    console.info(`${point}: killed after ${((performance.now() - from) / 1000).toFixed(1)} s`);
    await invariants(point);
  }
  controller = await chancery.run("controller");
  await whenPhase(chancery, domain, "withdrawn", 120, ({ id }) => id === first.id);
  await whenPhase(chancery, domain, "ready");
  await invariants("at the end");
  const report = await stream.finish();
  client.close();

  const keys = await keysOf(chancery, domain);
  expect(keys.map(({ phase }) => phase).toSorted()).toEqual(["active", "ready", "withdrawn"]);
  expect(keys.find(({ phase }) => phase === "active")!.id).toBe(standby.id);
  expect(new Set(keys.map(({ target }) => target)).size).toBe(3);
  expect((await dig(chancery.listen.dns, first.target, "TXT")).answers).toEqual([]);
  expect(report.failures).toEqual([]);
  expect(report.notTaken).toEqual([]);
  expect(report.arrived.filter(({ selectors }) => selectors.length !== 1)).toEqual([]);
  expect([...new Set(report.arrived.flatMap(({ selectors }) => selectors))]).toEqual([
    first.selector,
    standby.selector,
  ]);
  console.info(`controller: ${report.taken} messages during ${points.length} kills, all verified twice`);
});
