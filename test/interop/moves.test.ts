// A customer goes from key records of its own to aliases, and on to a branch that is ours, while mail flows: served by NSD, asked through Unbound,
// verified by every verifier before, in each step and after.
import process from "node:process";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Domain, Key } from "@chancery/api";
import { timingPresets } from "../../server/src/model/rotation/timing-policy.ts";
import { type SmtpSink, startSink } from "../fakes/smtp-sink.ts";
import { type Chancery, newChancery } from "../rig/chancery.ts";
import {
  domainOf,
  everyVerifierPasses,
  keysOf,
  type Method,
  takeDelegation,
  verdictsOn,
  whenPhase,
  zoneTextFor,
} from "../rig/delegation.ts";
import { type Internet, startInternet } from "../rig/internet.ts";
import { type Client, delivered, newClient, signaturesOf } from "../rig/mail.ts";
import { eventually, pause, temporaryDirectory } from "../rig/peer.ts";

const domain = "moves.example";
/** W is 2 s and D 5 s. */
const policy = {
  ...timingPresets.lab,
  revokedRecordSeconds: 13 * 86_400,
  resolverSlackSeconds: 1,
  confirmRounds: 2,
  confirmGapSeconds: 1,
  observeIntervalSeconds: 1,
  watchIntervalSeconds: 2,
  signerLeaseSeconds: 1,
  relayOwnQueueSeconds: 1,
  milterOwnQueueSeconds: 1,
  downstreamQueueSeconds: 1,
  verifierDelaySeconds: 1,
  clockErrorSeconds: 1,
  recordTtlSeconds: 1,
  negativeTtlSeconds: 1,
};
const directory = temporaryDirectory("moves");
let internet: Internet;
let sink: SmtpSink;
let chancery: Chancery;
let client: Client;

beforeAll(async () => {
  [internet, sink] = await Promise.all([startInternet({ net: 97, customers: [domain], ttlSeconds: 1 }), startSink()]);
  chancery = await newChancery(internet, {
    "relay.next_hop": `127.0.0.1:${sink.port}`,
    "rotation.policy": JSON.stringify(policy),
  });
  await chancery.start();
}, 120_000);
afterAll(async () => {
  client?.close();
  await chancery?.remove();
  await Promise.all([sink?.close(), internet?.stop()]);
  directory.remove();
});

const began = performance.now();
const say = (what: string): void =>
  void process.stderr.write(`${what} after ${((performance.now() - began) / 1000).toFixed(1)} s\n`);
const publishAll = async (): Promise<void> => internet.customers[domain]!.publish(await zoneTextFor(chancery, domain));
const whenStage = (...stages: (string | undefined)[]): Promise<Domain> =>
  eventually(
    async () => {
      const one = domainOf(await chancery.json(["domain", "show", domain]));
      return stages.includes(one.move?.stage) ? one : undefined;
    },
    { seconds: 120, everySeconds: 0.5, otherwise: () => `not ${stages.join()}:\n${chancery.output().slice(-4000)}` },
  );

/** Sends a message and has everybody verify it; the selector that it was signed with. A switch at that very moment is tried again. */
async function verified(when: string): Promise<string> {
  const letter = { from: `news@${domain}`, to: "reader@example.net", subject: when };
  await eventually(async () => (await client.send(letter)).taken || undefined, {
    seconds: 30,
    everySeconds: 0.5,
    otherwise: () => `"${when}" is not taken`,
  });
  const { file, message } = await delivered(sink, when, directory.path);
  expect(await verdictsOn(chancery, internet, file), when).toEqual(everyVerifierPasses);
  return signaturesOf(message)[0]!.selector;
}

/** One move, as its customer sees it. */
async function move(from: Method, to: Method, isNew: (key: Key) => boolean): Promise<void> {
  const asked = domainOf(await chancery.json(["domain", "move", domain, "--method", to]));
  expect(asked.move).toMatchObject({ from, to });
  const waiting = await whenStage("asked");
  expect(waiting.status).toBe("valid");
  expect(waiting.move?.next).toContain(`publish the records of ${to} beside those of ${from}`);
  const [old] = (await keysOf(chancery, domain)).filter(({ phase }) => phase === "active");
  expect(await verified(`while ${to} is awaited`)).toBe(old!.selector);
  say(`${to} is awaited`);
  await publishAll();
  await chancery.json(["domain", "verify", domain], [0, 1]);
  const active = await whenPhase(chancery, domain, "active", 90, isNew);
  say(`signed by ${to}`);
  expect(await verified(`after the switch to ${to}`)).toBe(active.selector);
  const settled = await whenStage("settled");
  say("settled");
  expect(settled).toMatchObject({ method: to, status: "valid" });
  const removable = settled.records.filter(({ need }) => need === "removable");
  expect(removable.length).toBeGreaterThan(0);
  const letter = await chancery.cli("records", domain, "--format", "instructions");
  expect(letter.stdout).toContain(`${removable[0]!.name} ${removable[0]!.type}: can be removed now`);
  await publishAll(); // the zone text is without them now
  await chancery.json(["domain", "verify", domain]);
  await whenStage(undefined);
  say("cleared");
  await pause(1.1); // whatever caches hold of what was removed is over
  expect(await verified(`after the move to ${to}`)).toBe(active.selector);
}

test("mail verifies all through moves from txt to cname-ring and on to ns-branch, and what is left can be removed", async () => {
  const [sender] = (await chancery.json(["sender", "add", "app@esp.example"])) as { password: string }[];
  client = newClient(chancery.listen.relay, { name: "app@esp.example", password: sender!.password });
  const first = await takeDelegation(chancery, internet.customers[domain]!, "txt");
  say("signed with a key record of its own");
  expect(await verified("before")).toBe(first.selector);
  await move("txt", "cname-ring", ({ target }) => target.endsWith(".dkim.esp.example"));
  await move("cname-ring", "ns-branch", ({ selector }) => selector.includes("."));
  expect((await keysOf(chancery, domain)).find(({ id }) => id === first.id)?.phase).toMatch(/withdrawn|destroyed/);
});
