// The clocks of the whole product jump while it runs: every role of `chancery up`, and PostgreSQL, under libfaketime. Monotonic time goes on as
// it does on a machine whose clock is set wrong. The verifiers' clocks are right all the time.
import { chmodSync, existsSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Key } from "@chancery/api";
import { type SmtpSink, startSink } from "../fakes/smtp-sink.ts";
import { type PostgresCluster, startPostgres } from "../postgres.ts";
import { type Chancery, newChancery } from "../rig/chancery.ts";
import { keysOf, takeDelegation, whenPhase } from "../rig/delegation.ts";
import { type Internet, startInternet } from "../rig/internet.ts";
import { newClient } from "../rig/mail.ts";
import { pause, temporaryDirectory } from "../rig/peer.ts";
import { startStream } from "../rig/stream.ts";

const domain = "ring.example";
/** W is 12 s, D is 11 s. */
const waitSeconds = 12;
const drainSeconds = 11;
const policy = {
  resolverSlackSeconds: 10,
  confirmRounds: 2,
  confirmGapSeconds: 1,
  observeIntervalSeconds: 1,
  watchIntervalSeconds: 2,
  freshnessSeconds: 10,
  signerLeaseSeconds: 3,
  relayOwnQueueSeconds: 3,
  milterOwnQueueSeconds: 3,
  downstreamQueueSeconds: 2,
  verifierDelaySeconds: 1,
  clockErrorSeconds: 2,
  recordTtlSeconds: 3,
  negativeTtlSeconds: 2,
};
const inFlightSeconds = 6;

const library = ["/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu"]
  .map((folder) => `${folder}/faketime/libfaketime.so.1`)
  .find((file) => existsSync(file));
const directory = temporaryDirectory("clocks");
const clock = join(directory.path, "clock");
let internet: Internet;
let sink: SmtpSink;
let postgres: PostgresCluster;
let chancery: Chancery;

/** What all clocks of the product say from now on, against what is right: `+30d`. */
function setClocks(offset: string): void {
  writeFileSync(`${clock}.new`, `${offset}\n`);
  renameSync(`${clock}.new`, clock);
}

beforeAll(async () => {
  if (library === undefined) throw new Error("libfaketime is missing: apt-get install faketime");
  chmodSync(directory.path, 0o755); // PostgreSQL runs as somebody else
  setClocks("+0");
  const environment = {
    LD_PRELOAD: library,
    FAKETIME_TIMESTAMP_FILE: clock,
    FAKETIME_NO_CACHE: "1",
    FAKETIME_DONT_FAKE_MONOTONIC: "1",
    NO_FAKE_STAT: "1",
  };
  [internet, sink, postgres] = await Promise.all([
    startInternet({ net: 98, customers: [domain] }),
    startSink(),
    startPostgres({ environment }),
  ]);
  chancery = await newChancery(internet, {
    "relay.next_hop": `127.0.0.1:${sink.port}`,
    "rotation.policy": JSON.stringify(policy),
    "database.url": postgres.createDatabase(),
  });
  await chancery.start({ extra: environment });
}, 120_000);
afterAll(async () => {
  await chancery?.remove();
  await Promise.all([sink?.close(), internet?.stop(), postgres?.stop()]);
  directory.remove();
});

const secondsSince = (from: number): number => (performance.now() - from) / 1000;

/** All clocks are wrong for a while; answers the phases that the key was seen in meanwhile. */
async function whileWrong(offset: string, seconds: number, which: (key: Key) => boolean): Promise<Set<string>> {
  const seen = new Set<string>();
  setClocks(offset);
  for (const from = performance.now(); secondsSince(from) < seconds;) {
    seen.add((await keysOf(chancery, domain)).find(which)!.phase);
    await pause(0.3);
  }
  setClocks("+0");
  return seen;
}

test("S4 S5 I-9 clocks that jump a month ahead and three days back shorten no wait, end it in time, and no signature is of another day", async () => {
  const [sender] = (await chancery.json(["sender", "add", "app@esp.example"])) as { password: string }[];
  const first = await takeDelegation(chancery, internet.customers[domain]!, "cname-ring");
  const client = newClient(chancery.listen.relay, { name: "app@esp.example", password: sender!.password });
  const stream = startStream({
    lanes: [{ name: "relay", client, from: `news@${domain}` }],
    perSecond: 2,
    sink,
    chancery,
    internet,
    directory: directory.path,
    drainSeconds: inFlightSeconds,
  });

  const { id: nextId } = await whenPhase(chancery, domain, "publishing");
  const publishedAt = performance.now();
  const standby = await whenPhase(chancery, domain, "published", 60, ({ id }) => id === nextId);
  expect(await whileWrong("+30d", 4, ({ id }) => id === standby.id), "S4").toEqual(new Set(["published"]));
  await whenPhase(chancery, domain, "ready", 60, ({ id }) => id === standby.id);
  const waited = secondsSince(publishedAt);
  expect(waited).toBeGreaterThan(waitSeconds - 1); // it was published up to a second before it was seen to be

  await chancery.json(["key", "rotate", domain]);
  await whenPhase(chancery, domain, "draining", 60, ({ id }) => id === first.id);
  const switchedAt = performance.now();
  expect(await whileWrong("-3d", 4, ({ id }) => id === first.id), "S5").toEqual(new Set(["draining"]));
  await whenPhase(chancery, domain, "withdrawing", 60, ({ id, phase }) => id === first.id || phase === "withdrawn");
  const drained = secondsSince(switchedAt);
  expect(drained).toBeGreaterThan(drainSeconds - 1);

  const report = await stream.finish();
  client.close();
  expect(report.failures).toEqual([]);
  expect(report.notTaken).toEqual([]);
  expect(report.arrived.filter(({ selectors }) => selectors.length !== 1)).toEqual([]);
  const now = Date.now() / 1000;
  const times = sink.messages.flatMap(({ octets }) => {
    const [, t = "", x = ""] = /\bt=(\d+);[^]*?\bx=(\d+)/.exec(octets.toString("latin1")) ?? [];
    return [{ signedAt: Number(t), expiresAt: Number(x) }];
  });
  expect(times.filter(({ signedAt, expiresAt }) => Math.abs(now - signedAt) > 300 || expiresAt < now)).toEqual([]);
  console.info(
    `clocks: W of ${waitSeconds} s took ${waited.toFixed(1)} s, D of ${drainSeconds} s ${drained.toFixed(1)} s; ${report.taken} messages`,
  );
});
