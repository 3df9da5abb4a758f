// A customer goes from a ring of aliases to a branch of its own while mail flows: served by NSD, asked through Unbound, verified by every verifier.
import process from "node:process";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Domain } from "@chancery/api";
import { timingPresets } from "../../server/src/model/rotation/timing-policy.ts";
import { type SmtpSink, startSink } from "../fakes/smtp-sink.ts";
import { type Chancery, newChancery } from "../rig/chancery.ts";
import { domainOf, keysOf, takeDelegation, whenPhase, zoneTextFor } from "../rig/delegation.ts";
import { type Internet, startInternet } from "../rig/internet.ts";
import { newClient } from "../rig/mail.ts";
import { eventually, temporaryDirectory } from "../rig/peer.ts";
import { startStream } from "../rig/stream.ts";

const domain = "moves.example";
/** The lab's policy with shorter queues. A message is looked at again long before the key's drain may end: verifiers take their time too. */
const policy = {
  ...timingPresets.lab,
  revokedRecordSeconds: 13 * 86_400,
  confirmRounds: 2,
  relayOwnQueueSeconds: 6,
  milterOwnQueueSeconds: 6,
  downstreamQueueSeconds: 3,
  observeIntervalSeconds: 1,
  watchIntervalSeconds: 2,
};
const drainSeconds = 6;
const directory = temporaryDirectory("moves");
let internet: Internet;
let sink: SmtpSink;
let chancery: Chancery;

beforeAll(async () => {
  [internet, sink] = await Promise.all([startInternet({ net: 97, customers: [domain] }), startSink()]);
  chancery = await newChancery(internet, {
    "relay.next_hop": `127.0.0.1:${sink.port}`,
    "rotation.policy": JSON.stringify(policy),
  });
  await chancery.start();
}, 120_000);
afterAll(async () => {
  await chancery?.remove();
  await Promise.all([sink?.close(), internet?.stop()]);
  directory.remove();
});

const began = performance.now();
const say = (what: string): void =>
  void process.stderr.write(`${what} after ${((performance.now() - began) / 1000).toFixed(1)} s\n`);
const shown = async (): Promise<Domain> => domainOf(await chancery.json(["domain", "show", domain]));
const publishAll = async (): Promise<void> => internet.customers[domain]!.publish(await zoneTextFor(chancery, domain));
const whenStage = (stage: string | undefined): Promise<Domain> =>
  eventually(
    async () => {
      const one = await shown();
      return one.move?.stage === stage ? one : undefined;
    },
    { seconds: 120, everySeconds: 0.5, otherwise: () => `not ${stage}:\n${chancery.output().slice(-4000)}` },
  );

test("every message verifies all through a move from cname-ring to ns-branch, and what is left can be removed", async () => {
  const [sender] = (await chancery.json(["sender", "add", "app@esp.example"])) as { password: string }[];
  const old = await takeDelegation(chancery, internet.customers[domain]!, "cname-ring");
  say("signed in the ring");
  const client = newClient(chancery.listen.relay, { name: "app@esp.example", password: sender!.password });
  const lanes = [{ name: "relay", client, from: `news@${domain}` }];
  const world = { sink, chancery, internet, directory: directory.path };
  const stream = startStream({ lanes, perSecond: 1, ...world, drainSeconds });

  const asked = domainOf(await chancery.json(["domain", "move", domain, "--method", "ns-branch"]));
  expect(asked.move).toMatchObject({ from: "cname-ring", to: "ns-branch" });
  const waiting = await whenStage("asked");
  expect(waiting.status).toBe("valid");
  expect(waiting.move?.next).toContain("publish the records of ns-branch");
  await publishAll();
  await chancery.json(["domain", "verify", domain], [0, 1]);

  const active = await whenPhase(chancery, domain, "active", 90, ({ selector }) =>
    selector.endsWith(`.${old.selector.replace(/\d+$/, "")}`),
  );
  say("signed in the branch");
  const settled = await whenStage("settled");
  say("settled");
  expect(settled).toMatchObject({ method: "ns-branch", status: "valid" });
  expect(settled.records.filter(({ need }) => need === "removable").map(({ type }) => type)).toEqual([
    "CNAME",
    "CNAME",
    "CNAME",
  ]);
  await publishAll(); // the zone text is without them now
  await chancery.json(["domain", "verify", domain]);
  await whenStage(undefined);

  say("cleared");
  const report = await stream.finish();
  client.close();
  expect(report.failures).toEqual([]);
  expect(report.notTaken).toEqual([]);
  expect(new Set(report.arrived.flatMap(({ selectors }) => selectors))).toEqual(
    new Set([old.selector, active.selector]),
  );
  expect((await keysOf(chancery, domain)).find(({ id }) => id === old.id)?.phase).toMatch(/withdrawn|destroyed/);
  process.stderr.write(`move: ${report.taken} messages verified twice by every verifier\n`);
});
