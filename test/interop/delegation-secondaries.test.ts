import { randomBytes } from "node:crypto";
import { join } from "node:path";
import process from "node:process";
import type { Domain, Finding, Key } from "@chancery/api";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Chancery, newChancery } from "../rig/chancery.ts";
import { keysOf, type Method, takeDelegation, whenPhase } from "../rig/delegation.ts";
import { keepValidating } from "../rig/delv.ts";
import { dig } from "../rig/dig.ts";
import { type Internet, serviceZone, startInternet } from "../rig/internet.ts";
import { eventually, type Peer, run, startPeer } from "../rig/peer.ts";
import {
  changeSecret,
  knotControl,
  type RunningSecondary,
  type SecondaryMake,
  startSecondary,
} from "../rig/secondaries.ts";
import { startUdpOnly } from "../rig/udp-only.ts";

/*
 * A hidden primary: the names that customers delegate to are those of Knot, BIND and NSD, which know Chancery by its recipe alone. What a
 * customer sees of a delegation is what it is with a name server of our own; and a rotation waits for the one that lags, is away, or is old.
 */
const net = 91;
const [ring, branch] = ["ring.example", "branch.example"] as const;
const customers: readonly { domain: string; method: Method }[] = [
  { domain: branch, method: "ns-branch" },
  { domain: ring, method: "cname-ring" },
];
const makes = ["knot", "bind", "nsd"] as const satisfies readonly SecondaryMake[];
type Make = (typeof makes)[number];
const ofEach = <T>(of: (make: Make) => T): Record<Make, T> => ({ knot: of("knot"), bind: of("bind"), nsd: of("nsd") });
/** BIND listens only where an interface has the address. */
const hosts: Record<Make, string> = { knot: `127.53.${net}.53`, bind: "127.0.0.1", nsd: `127.53.${net}.58` };
const primary = { host: `127.53.${net}.57`, port: 53 };
const nameServers = Object.fromEntries(makes.map((make, index) => [`ns${index + 1}.${serviceZone}`, hosts[make]]));
const secrets = ofEach(() => randomBytes(32).toString("base64"));
const waitSeconds = 60;
/** The lab's, and faster: W is 6 s, after the TTL of the customer's aliases; D is 8 s. */
const policy = {
  confirmRounds: 2,
  confirmGapSeconds: 1,
  observeIntervalSeconds: 1,
  watchIntervalSeconds: 1,
  freshnessSeconds: 10,
  resolverSlackSeconds: 1,
  signerLeaseSeconds: 2,
  relayOwnQueueSeconds: 3,
  milterOwnQueueSeconds: 3,
  downstreamQueueSeconds: 1,
  verifierDelaySeconds: 1,
  clockErrorSeconds: 1,
  relaySignatureLifetimeSeconds: 14,
  milterSignatureLifetimeSeconds: 14,
  recordTtlSeconds: 3,
  negativeTtlSeconds: 2,
  rollbackWindowSeconds: 1,
  destroyAfterSeconds: 3,
  revokedRecordSeconds: 14,
  staleServingSeconds: 2,
};

let internet: Internet;
let chancery: Chancery;
let follower: Peer | undefined;
const secondaries: RunningSecondary[] = [];
const at = (make: Make): RunningSecondary => secondaries.find(({ name }) => name === make)!;
/** What brings each one back to a moment: with the ring's first key alone, and with the first two. */
type Backup = Record<Make, () => Promise<void>>;
const backups: { ofFirst?: Backup; ofSecond?: Backup } = {};
let branchKey: Key;

beforeAll(async () => {
  internet = await startInternet({ net, customers: customers.map(({ domain }) => domain), nameServers });
  chancery = await newChancery(internet, {
    "rotation.policy": JSON.stringify(policy),
    "dns.listen": `${primary.host}:${primary.port}`,
    "dns.nameservers": JSON.stringify(
      Object.entries(nameServers).map(([name, address]) => ({ name, addresses: [address] })),
    ),
    "dns.tsig_keys": JSON.stringify(makes.map((make) => ({ name: `${make}-key`, secret: secrets[make] }))),
    "dns.secondaries": JSON.stringify(
      makes.map((make) => ({ name: make, addresses: [`${hosts[make]}:53`], keys: [`${make}-key`] })),
    ),
  });
  await chancery.start();
  await Promise.all(
    makes.map(async (make) => {
      const one = await startSecondary(make, { host: hosts[make], port: 53 }, async (folder) => {
        const words = ["recipe", make, "--secondary", make, "--with-secret", "--into", folder];
        const { status, stderr } = await chancery.cli("nameserver", ...words);
        if (status !== 0) throw new Error(stderr);
      });
      secondaries.push(one);
    }),
  );
  // NSD has no catalogs: a command of ours follows ours for it.
  const { directory } = at("nsd");
  const paths = ["--state", join(directory, "follower"), "--zone-files", join(directory, "chancery")];
  const words = [join(directory, "recipe", "follower.yaml"), ...paths, "--nsd-config", join(directory, "server.conf")];
  const command = join(import.meta.dirname, "..", "..", "chancery");
  follower = startPeer(command, ["nameserver", "follow-catalog", ...words], { env: chancery.environment });
}, 120_000);
afterAll(async () => {
  await follower?.stop();
  await Promise.all([chancery?.remove(), ...secondaries.map((one) => one.stop())]);
  await internet?.stop();
});

const plain = (text: string): string => text.replaceAll(/[" ]/g, "").replaceAll("\\;", ";");
const isServed = async (make: Make, { target, record }: Key): Promise<boolean> =>
  (await dig(at(make), target, "TXT")).answers.map(plain).includes(plain(record));
const servers = async (key: Key): Promise<Record<Make, boolean>> => {
  const [knot, bind, nsd] = await Promise.all(makes.map((make) => isServed(make, key)));
  return { knot: knot!, bind: bind!, nsd: nsd! };
};

const keyNow = async ({ domain, id }: Key): Promise<Key> =>
  (await keysOf(chancery, domain)).find((key) => key.id === id)!;
const only = async (domain: string, phase: string): Promise<Key> => {
  const found = (await keysOf(chancery, domain)).filter((key) => key.phase === phase);
  expect(found).toHaveLength(1);
  return found[0]!;
};
const whenIn = (phase: string, { domain, id }: Key): Promise<Key> =>
  whenPhase(chancery, domain, phase, waitSeconds, (key) => key.id === id);
const rotate = (domain: string): Promise<unknown> => chancery.json(["key", "rotate", domain]);

/** Waits until what keeps a key in its phase names the servers of these makes and no other. Returns the reasons. */
async function whenHeldBy(key: Key, ...named: readonly Make[]): Promise<string> {
  let last = key;
  return eventually(
    async () => {
      last = await keyNow(key);
      const { phase, blocked } = last;
      if (phase !== key.phase || blocked === null) return undefined;
      return makes.every((make) => blocked.includes(`${hosts[make]} (`) === named.includes(make)) ? blocked : undefined;
    },
    {
      seconds: waitSeconds,
      otherwise: () =>
        `${key.selector} should be ${key.phase} and wait for ${named.join(" and ")}; it is ${last.phase}: ${last.blocked}\n${chancery.output().slice(-3000)}`,
    },
  );
}

/** Waits until there is a finding, or none any more. */
const whenFinding = (domain: string, code: string, isThere: boolean): Promise<Finding | "none"> =>
  eventually(
    async () => {
      const { findings } = (await chancery.get(`/v1/domains/${domain}`)) as Domain;
      const found = findings.find((finding) => finding.code === code);
      return (found !== undefined) === isThere ? (found ?? "none") : undefined;
    },
    { seconds: waitSeconds, otherwise: () => `${code}: ${!isThere}\n${chancery.output().slice(-3000)}` },
  );

const backUp = async (): Promise<Backup> => {
  const [knot, bind, nsd] = await Promise.all(makes.map((make) => at(make).backUp()));
  return { knot: knot!, bind: bind!, nsd: nsd! };
};

/** It comes back from a backup, and has another secret than ours: it serves what was then, and fetches nothing. */
async function comesBackOld(make: Make, restore: () => Promise<void>): Promise<void> {
  await restore();
  changeSecret(at(make), randomBytes(32).toString("base64"));
  await at(make).restart();
}

async function isRepaired(make: Make): Promise<void> {
  changeSecret(at(make), secrets[make]);
  await at(make).restart();
}

/** The KSK of the service zone, once it is signed at every server. */
const whenSigned = (): Promise<string> =>
  eventually(
    async () => {
      const asked = (make: Make, ...words: string[]) => run("dig", [`@${hosts[make]}`, serviceZone, ...words]);
      const signed = await Promise.all(makes.map((make) => asked(make, "+dnssec", "SOA")));
      if (!signed.every(({ stdout }) => stdout.includes("RRSIG\tSOA"))) return undefined;
      const { stdout } = await asked("knot", "+short", "DNSKEY");
      return stdout.split("\n").find((line) => line.startsWith("257 3 13"));
    },
    { seconds: waitSeconds, otherwise: () => chancery.output().slice(-4000) },
  );

describe("with Knot, BIND and NSD in front, that know Chancery by a recipe", () => {
  test("domains are taken, and their first keys are active and served everywhere", async () => {
    const [signing] = (await chancery.json(["zone", "dnssec", "enable", serviceZone])) as { mode: string }[];
    expect(signing).toMatchObject({ mode: "presigned" });
    const taken = customers.map(async ({ domain, method }) => {
      const key = await takeDelegation(chancery, internet.customers[domain]!, method);
      expect(await servers(key)).toEqual(ofEach(() => true));
      const found = await dig({ host: internet.resolver.address }, key.name, "TXT");
      expect(found.answers.map(plain)).toContain(plain(key.record));
      return key;
    });
    const firstServed = async (): Promise<true | undefined> => {
      const [key] = await keysOf(chancery, ring).catch(() => []); // it is not added yet
      return key === undefined || Object.values(await servers(key)).includes(false) ? undefined : true;
    };
    await eventually(firstServed, { seconds: waitSeconds, otherwise: () => chancery.output().slice(-3000) });
    backups.ofFirst = await backUp();
    branchKey = (await Promise.all(taken))[0]!;
    await whenPhase(chancery, ring, "ready");
    backups.ofSecond = await backUp();
  });

  test("S2 S25 I-12 F-23 one lags and two vanish: no key is ready and no record goes before the last of them shows it", async () => {
    const [first, second] = [await only(ring, "active"), await only(ring, "ready")];
    const names = [...new Set((await keysOf(chancery, ring)).map(({ target }) => target)), `none.${serviceZone}`];
    const endValidating = keepValidating({
      zone: serviceZone,
      anchor: await whenSigned(),
      servers: secondaries,
      names,
    });
    const [removed] = (await chancery.json(["domain", "remove", branch])) as Domain[];
    expect(removed).toMatchObject({ domain: branch });

    await knotControl(at("knot"), "-b", "zone-freeze", serviceZone);
    await rotate(ring);
    await whenIn("active", second);
    const draining = await whenIn("draining", first);
    const third = await whenPhase(chancery, ring, "publishing", waitSeconds);
    await at("nsd").halt();
    await whenHeldBy(third, "knot", "nsd");
    await whenHeldBy(draining, "nsd");
    expect(await isServed("bind", third)).toBe(true);
    expect(await servers(first)).toEqual({ knot: true, bind: true, nsd: false });

    const front = await startUdpOnly({ host: hosts.nsd, port: 53 }, primary);
    await eventually(
      async () => ((await whenHeldBy(draining, "nsd")).includes(`${hosts.nsd} (udp)`) ? undefined : true),
      {
        seconds: waitSeconds,
        otherwise: "UDP alone is not told from silence",
      },
    );
    await front.stop();

    await at("nsd").restart();
    const leaving = await whenIn("withdrawing", first);
    await at("bind").halt();
    await whenHeldBy(third, "knot", "bind");
    await whenHeldBy(leaving, "knot", "bind");
    await knotControl(at("knot"), "-b", "zone-thaw", serviceZone);
    await whenHeldBy(third, "bind");
    await whenHeldBy(leaving, "bind");
    await at("bind").restart();
    await Promise.all([whenIn("ready", third), whenIn("withdrawn", first)]);
    expect(await servers(first)).toEqual(ofEach(() => false));
    const { looks, bad } = await endValidating();
    process.stderr.write(`${looks} answers validated\n`);
    expect(looks).toBeGreaterThan(20);
    expect(bad).toEqual([]);
  });

  test("DNS-D-31 a domain that was removed meanwhile ends in REFUSED", async () => {
    for (const make of makes)
      await eventually(async () => (await dig(at(make), branchKey.target, "TXT")).rcode === "REFUSED" || undefined, {
        seconds: waitSeconds,
        otherwise: () =>
          `${make} goes on with it\n${at(make).output().slice(-2000)}\n${chancery.output().slice(-4000)}`,
      });
  });

  test("S3 F-24 two come back old after the switch: told while there is nothing to go back to; then the key that drains signs again", async () => {
    const [second, third] = [await only(ring, "active"), await only(ring, "ready")];
    await rotate(ring);
    await whenIn("active", third);
    await Promise.all([comesBackOld("bind", backups.ofFirst!.bind), comesBackOld("nsd", backups.ofSecond!.nsd)]);
    expect(await servers(second)).toEqual({ knot: true, bind: false, nsd: true });
    expect(await servers(third)).toEqual({ knot: true, bind: false, nsd: false });
    const lost = (await whenFinding(ring, "ActiveKeyLost", true)) as Finding;
    expect(lost).toMatchObject({ severity: "critical", subject: third.name });
    expect(makes.filter((make) => lost.remedy.includes(hosts[make]))).toEqual(["bind", "nsd"]);
    expect(await keyNow(second)).toMatchObject({ phase: "draining" });
    expect(await keyNow(third)).toMatchObject({ phase: "active" });

    await isRepaired("bind");
    await whenIn("active", second);
    await whenFinding(ring, "ActiveKeyLost", false);
    const fourth = await whenPhase(chancery, ring, "publishing", waitSeconds);
    await whenHeldBy(fourth, "nsd");

    await isRepaired("nsd");
    await Promise.all([whenIn("ready", fourth), whenIn("withdrawn", third)]);
    expect(await keyNow(second)).toMatchObject({ phase: "active" });
  });
});
