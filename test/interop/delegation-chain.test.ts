import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { Resolver } from "node:dns/promises";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import type { Alias, Domain } from "@chancery/api";
import { formatKeyRecord, sign, verify } from "chancery/dkim";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Chancery, newChancery } from "../rig/chancery.ts";
import { zoneTextFor } from "../rig/delegation.ts";
import { dig } from "../rig/dig.ts";
import { type Internet, startInternet } from "../rig/internet.ts";
import { eventually, pause, temporaryDirectory } from "../rig/peer.ts";
import { verifyWith } from "../rig/verifiers.ts";

/*
 * A chain over three zones: the customer's alias leads to ours, and ours to an upstream's key. It is moved to another upstream and back, with a
 * receiver's Unbound asking all the time. What each upstream signs while it may verifies until the end of its way.
 */
const [customer, oldUpstream, newUpstream] = ["chain.example", "old-esp.example", "new-esp.example"] as const;
const targets = { old: `s1.domainkey.u1.${oldUpstream}`, new: `dkim.t77.${newUpstream}` } as const;
type Upstream = keyof typeof targets;

/** D is 7 s and P 4 s. */
const policy = {
  resolverSlackSeconds: 1,
  confirmRounds: 2,
  confirmGapSeconds: 1,
  observeIntervalSeconds: 1,
  watchIntervalSeconds: 2,
  freshnessSeconds: 10,
  signerLeaseSeconds: 2,
  relayOwnQueueSeconds: 2,
  milterOwnQueueSeconds: 2,
  downstreamQueueSeconds: 1,
  verifierDelaySeconds: 1,
  clockErrorSeconds: 1,
  recordTtlSeconds: 3,
  negativeTtlSeconds: 1,
};
const onTheWaySeconds = 4;

const pairs = {
  old: generateKeyPairSync("rsa", { modulusLength: 2048 }),
  new: generateKeyPairSync("rsa", { modulusLength: 2048 }),
};
const directory = temporaryDirectory("chain");
let internet: Internet;
let chancery: Chancery;

beforeAll(async () => {
  internet = await startInternet({ net: 96, customers: [customer, oldUpstream, newUpstream] });
  chancery = await newChancery(internet, { "rotation.policy": JSON.stringify(policy) });
  await Promise.all([chancery.start(), publishKey(oldUpstream, "old"), publishKey(newUpstream, "new")]);
}, 120_000);
afterAll(async () => {
  await chancery?.remove();
  await internet?.stop();
  directory.remove();
});

const publishKey = (zone: string, upstream: Upstream): Promise<void> => {
  const text = formatKeyRecord(pairs[upstream].publicKey).match(/.{1,200}/g)!;
  return internet.customers[zone]!.publish(`${targets[upstream]}. TXT ${text.map((part) => `"${part}"`).join(" ")}`);
};

async function signed(privateKey: KeyObject, subject: string): Promise<Buffer> {
  const message = Buffer.from(
    `From: news@${customer}\r\nTo: a@receiver.example\r\nSubject: ${subject}\r\n\r\nGood day.\r\n`,
  );
  const fields = await sign(message, { keys: [{ signingDomain: customer, selector: "s1", privateKey }] });
  return Buffer.concat([Buffer.from(fields), message]);
}

const alias = async (): Promise<Alias> =>
  ((await chancery.get(`/v1/domains/${customer}/aliases`)) as { items: Alias[] }).items[0]!;
const whenSettledAt = (target: string): Promise<Alias> =>
  eventually(
    async () => {
      const now = await alias();
      return now.target === target && now.phase === "settled" ? now : undefined;
    },
    { seconds: 60, everySeconds: 0.25, otherwise: () => chancery.output().slice(-4000) },
  );

/** Mail of whichever upstream may sign now; each message is verified at once and again after its longest way, through Unbound. */
function startMail(): {
  mayOnly: (upstream: Upstream | undefined) => void;
  finish: () => Promise<Record<string, number>>;
} {
  let may: Upstream | undefined = "old";
  const ending = new AbortController();
  const resolver = new Resolver();
  resolver.setServers([`${internet.resolver.address}:${internet.resolver.port}`]);
  const counted: Record<string, number> = {};
  const wayEnds: Promise<void>[] = [];
  const check = async (message: Buffer, what: string): Promise<void> => {
    const [one] = await verify(message, { resolveTxt: (name) => resolver.resolveTxt(name) });
    const told = `${what} ${one?.result} ${one?.reason ?? ""}`.trim();
    counted[told] = (counted[told] ?? 0) + 1;
  };
  const flowing = (async () => {
    for (let count = 0; !ending.signal.aborted; count++) {
      const upstream = may;
      if (upstream !== undefined) {
        const message = await signed(pairs[upstream].privateKey, `${upstream} ${count}`);
        await check(message, upstream);
        wayEnds.push(pause(onTheWaySeconds).then(() => check(message, upstream)));
      }
      await pause(0.2);
    }
  })();
  return {
    mayOnly: (upstream) => void (may = upstream),
    finish: async () => {
      ending.abort();
      await flowing;
      await Promise.all(wayEnds);
      return counted;
    },
  };
}

async function move(...words: string[]): Promise<Alias> {
  const [answer] = (await chancery.json(["domain", "alias", customer, "s1", ...words])) as Alias[];
  return answer!;
}

test("a chain begins with a real message, is moved and moved back, and no mail of either upstream fails", async () => {
  const zone = internet.customers[customer]!;
  const before = `s1._domainkey.${customer}. CNAME ${targets.old}.`;
  await zone.publish(before);
  const file = join(directory.path, "real.eml");
  writeFileSync(file, await signed(pairs.old.privateKey, "real"));
  const [added] = (await chancery.json([
    "domain",
    "add",
    customer,
    "--method",
    "cname-chain",
    "--mail",
    file,
  ])) as Domain[];
  expect(added!.records.map(({ name }) => name)).toEqual([
    `_chancery-challenge.${customer}`,
    `s1._domainkey.${customer}`,
  ]);
  const records = (await zoneTextFor(chancery, customer)).split("\n");
  const mail = startMail();
  // First the proof alone: while our alias is not served, the customer's record stays as it is.
  await zone.publish([records[0], before].join("\n"));
  await chancery.json(["domain", "verify", customer], [0, 1]);
  expect((await whenSettledAt(targets.old)).wanted).toBeNull();
  await zone.publish(records.join("\n"));
  await eventually(
    async () => {
      const [shown] = (await chancery.json(["domain", "verify", customer], [0, 1])) as Domain[];
      return shown!.status === "valid" ? shown : undefined;
    },
    { seconds: 20, otherwise: () => chancery.output().slice(-4000) },
  );
  const chain = await dig({ host: internet.resolver.address }, `s1._domainkey.${customer}`, "TXT");
  expect(chain.answers.length).toBeGreaterThan(0);

  const blocked = await move("--to", targets.new);
  expect(blocked).toMatchObject({ wanted: targets.new, target: targets.old });
  await pause(4);
  expect(await alias()).toMatchObject({
    target: targets.old,
    waitsFor: expect.stringMatching(/^declaration: .*--old-stopped-at/),
  });

  mail.mayOnly(undefined);
  const draining = await move("--old-stopped-at", "now");
  expect(draining.target).toBe(targets.old);
  expect((await whenSettledAt(targets.new)).previous).toBe(targets.old);
  mail.mayOnly("new");
  await pause(2);
  const [key] = ((await chancery.get(`/v1/domains/${customer}/keys`)) as { items: { phase: string; record: string }[] })
    .items;
  expect(key).toMatchObject({ phase: "published", origin: "upstream", record: formatKeyRecord(pairs.new.publicKey) });
  expect((await chancery.cli("key", "rotate", customer)).status).toBe(2);

  mail.mayOnly(undefined);
  await move("--back", "--old-stopped-at", "now");
  await whenSettledAt(targets.old);
  mail.mayOnly("old");
  await pause(2);
  const results = await mail.finish();
  process.stderr.write(`chain: ${JSON.stringify(results)}\n`);
  expect(Object.keys(results).sort()).toEqual(["new pass", "old pass"]);
  expect(results["new pass"]).toBeGreaterThan(8);
  writeFileSync(file, await signed(pairs.old.privateKey, "last"));
  expect(await verifyWith("dkimpy", [file], internet.resolver)).toMatchObject([{ result: "pass" }]);
});

test("a target that loses its key is told with its way back, which is free", async () => {
  const from = await alias();
  expect(from).toMatchObject({ target: targets.old, previous: targets.new });
  await internet.customers[oldUpstream]!.publish("");
  const missing = await eventually(
    async () => {
      const { findings } = (await chancery.get(`/v1/domains/${customer}`)) as Domain;
      return findings.find(({ code }) => code === "TargetMissing");
    },
    { seconds: 30, otherwise: () => chancery.output().slice(-4000) },
  );
  expect(missing.remedy).toContain(`go back to ${targets.new} with "chancery domain alias ${customer} s1 --back"`);
  await move("--back");
  await whenSettledAt(targets.new);
});

test.each([
  ["nothing there", `s1.nothing.${newUpstream}`, "leads to no sound key"],
  ["below our own zone", "x.dkim.esp.example", "our own zone"],
  ["the customer's own name", `s1._domainkey.${customer}`, "the customer's own domain"],
])("a target that cannot be one is refused: %s", async (_, target, reason) => {
  const { status, stderr } = await chancery.cli("domain", "alias", customer, "s1", "--to", target);
  expect(stderr).toContain(reason);
  expect(status).toBe(2);
});

test("an upstream whose key stands as TXT cannot be followed, nor a message that was signed as another domain", async () => {
  const key = formatKeyRecord(pairs.old.publicKey).match(/.{1,200}/g)!;
  await internet.customers[oldUpstream]!.publish(`s9._domainkey TXT ${key.map((part) => `"${part}"`).join(" ")}`);
  const texts = await chancery.cli("domain", "add", oldUpstream, "--method", "cname-chain", "--upstream", "s9");
  expect([texts.status, texts.stderr]).toEqual([2, expect.stringContaining("holds the key itself (TXT)")]);
  const file = join(directory.path, "real.eml");
  const other = await chancery.cli("domain", "add", newUpstream, "--method", "cname-chain", "--mail", file);
  expect([other.status, other.stderr]).toEqual([
    2,
    expect.stringContaining(`carries no signature with d=${newUpstream}`),
  ]);
});
