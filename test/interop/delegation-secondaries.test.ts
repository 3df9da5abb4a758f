import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import type { Domain, Key } from "@chancery/api";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Chancery, newChancery } from "../rig/chancery.ts";
import { keysOf, type Method, takeDelegation, whenPhase } from "../rig/delegation.ts";
import { dig } from "../rig/dig.ts";
import { type Internet, serviceZone, startInternet } from "../rig/internet.ts";
import { startNsd } from "../rig/nsd.ts";
import { eventually, pause, type Peer, run, startPeer } from "../rig/peer.ts";
import { type RunningSecondary, type SecondaryMake, startSecondary } from "../rig/secondaries.ts";
import { startUdpOnly } from "../rig/udp-only.ts";

/*
 * A hidden primary: the names that customers delegate to are those of Knot, BIND and NSD, which know Chancery by its recipe alone. What a
 * customer sees of a delegation is what it is with a name server of our own; and rotations wait for the one that lags, is away, or is old.
 */
const net = 91;
const [ring, branch] = ["ring.example", "branch.example"] as const;
const customers: readonly { domain: string; method: Method }[] = [
  { domain: branch, method: "ns-branch" },
  { domain: ring, method: "cname-ring" },
];
const makes = ["knot", "bind", "nsd"] as const satisfies readonly SecondaryMake[];
/** BIND listens only where an interface has the address. */
const hosts = { knot: `127.53.${net}.53`, bind: "127.0.0.1", nsd: `127.53.${net}.58` };
const primary = { host: `127.53.${net}.57`, port: 53 };
const waitSeconds = 60;
/** W is 3 s, D is 16 s: long enough for a way back. */
const policy = {
  resolverSlackSeconds: 1,
  confirmRounds: 2,
  confirmGapSeconds: 1,
  observeIntervalSeconds: 1,
  watchIntervalSeconds: 1,
  freshnessSeconds: 10,
  signerLeaseSeconds: 3,
  relayOwnQueueSeconds: 8,
  milterOwnQueueSeconds: 8,
  downstreamQueueSeconds: 2,
  verifierDelaySeconds: 1,
  clockErrorSeconds: 2,
  recordTtlSeconds: 3,
  negativeTtlSeconds: 2,
  rollbackWindowSeconds: 1,
  relaySignatureLifetimeSeconds: 14,
  milterSignatureLifetimeSeconds: 14,
  destroyAfterSeconds: 3,
  revokedRecordSeconds: 14,
  staleServingSeconds: 2,
};

let internet: Internet;
let chancery: Chancery;
let follower: Peer | undefined;
const secondaries: RunningSecondary[] = [];
const at = (make: SecondaryMake): RunningSecondary => secondaries.find(({ name }) => name === make)!;

beforeAll(async () => {
  internet = await startInternet({ net, customers: customers.map(({ domain }) => domain) });
  const keys = makes.map((make) => ({ name: `${make}-key`, secret: randomBytes(32).toString("base64") }));
  chancery = await newChancery(internet, {
    "rotation.policy": JSON.stringify(policy),
    "dns.listen": `${primary.host}:${primary.port}`,
    "dns.nameservers": JSON.stringify(
      makes.map((make, index) => ({ name: `ns${index + 1}.${serviceZone}`, addresses: [hosts[make]] })),
    ),
    "dns.tsig_keys": JSON.stringify(keys),
    "dns.secondaries": JSON.stringify(
      makes.map((make) => ({ name: make, addresses: [`${hosts[make]}:53`], keys: [`${make}-key`] })),
    ),
  });
  await chancery.start();
  await Promise.all(
    makes.map(async (make) => {
      const place = { host: hosts[make], port: 53 };
      const one = await startSecondary(make, place, async (folder) => {
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
  await chancery?.remove();
  await Promise.all(secondaries.map((one) => one.stop()));
  await internet?.stop();
});

const plain = (text: string): string => text.replaceAll(/[" ]/g, "").replaceAll("\\;", ";");
const only = async (domain: string, which: (key: Key) => boolean): Promise<Key> => {
  const found = (await keysOf(chancery, domain)).filter(which);
  expect(found).toHaveLength(1);
  return found[0]!;
};
const active = (domain: string): Promise<Key> => only(domain, ({ phase }) => phase === "active");

/** Waits until a key that does not go on says why, in words that match each of these and none of those. */
const whenWaitsFor = (domain: string, those: readonly string[], not: readonly string[] = []): Promise<string> =>
  eventually(
    async () => {
      const reasons = (await keysOf(chancery, domain)).map(({ waitsFor, blocked }) => `${waitsFor} ${blocked}`);
      return reasons.find(
        (reason) => those.every((word) => reason.includes(word)) && !not.some((word) => reason.includes(word)),
      );
    },
    {
      seconds: 30,
      otherwise: () => `nothing waits for ${those.join(", ")}:\n${chancery.output().slice(-3000)}`,
    },
  );

const knotc = async (...words: string[]): Promise<void> => {
  const { status, stdout, stderr } = await run("knotc", ["-s", join(at("knot").directory, "knot.sock"), ...words]);
  if (status !== 0) throw new Error(`knotc ${words.join(" ")}: ${stdout}${stderr}`);
};

/** What stands in for NSD at its address until it is stopped; NSD then goes on with what it has on disk. */
async function insteadOfNsd<T>(
  stand: () => Promise<{ stop(): Promise<void> }>,
  meanwhile: () => Promise<T>,
): Promise<T> {
  const nsd = at("nsd");
  await nsd.halt();
  const standIn = await stand();
  try {
    return await meanwhile();
  } finally {
    await standIn.stop();
    await nsd.restart();
  }
}

const whenAllAnswer = async (
  name: string,
  type: string,
  wanted: (answer: Awaited<ReturnType<typeof dig>>) => boolean,
) => {
  for (const at of secondaries) {
    let last: unknown;
    await eventually(
      async () => {
        const answer = await dig(at, name, type);
        last = answer;
        return wanted(answer) || undefined;
      },
      {
        seconds: waitSeconds,
        otherwise: () =>
          `${at.name} answers ${name} ${type} with ${JSON.stringify(last)}\n${at.output().slice(-2000)}\n${chancery.output().slice(-4000)}`,
      },
    );
  }
};

describe("with Knot, BIND and NSD in front, that know Chancery by a recipe", () => {
  test("domains are taken, and their first keys are active and served everywhere", async () => {
    const taken = customers.map(async ({ domain, method }) => {
      const from = performance.now();
      const key = await takeDelegation(chancery, internet.customers[domain]!, method);
      process.stderr.write(`${domain}: active after ${((performance.now() - from) / 1000).toFixed(1)} s\n`);
      for (const one of secondaries)
        expect(plain((await dig(one, key.target, "TXT")).answers[0] ?? "")).toBe(plain(key.record));
      const found = await dig({ host: internet.resolver.address }, key.name, "TXT");
      expect(found.answers.map(plain)).toContain(plain(key.record));
      await whenPhase(chancery, domain, "ready");
    });
    await Promise.all(taken);
  });

  test("S2 one that lags and one that is away keep the next key from being confirmed, and are named; the others sign on", async () => {
    const old = await active(ring);
    await knotc("-b", "zone-freeze", serviceZone);
    await chancery.json(["key", "rotate", ring]);
    const signs = await whenPhase(chancery, ring, "active", 30, ({ id }) => id !== old.id);
    await insteadOfNsd(
      async () => ({ stop: async () => {} }),
      async () => {
        await whenWaitsFor(ring, [hosts.knot, hosts.nsd], [`${hosts.bind} `]);
        await knotc("-b", "zone-thaw", serviceZone);
        await whenWaitsFor(ring, [hosts.nsd], [hosts.knot]);
        await pause(3);
        expect((await active(ring)).id).toBe(signs.id);
        expect((await keysOf(chancery, ring)).filter(({ phase }) => phase === "ready")).toEqual([]);
      },
    );
    await whenPhase(chancery, ring, "ready", waitSeconds);
  });

  test("S3 one comes back with an old zone after the switch: the key that drains signs again, and the server is named", async () => {
    await whenPhase(chancery, ring, "ready", waitSeconds);
    const old = await active(ring);
    const zone = [
      `$ORIGIN ${serviceZone}.`,
      "$TTL 3",
      `@ SOA ns1.${serviceZone}. hostmaster.${serviceZone}. 1 3600 600 86400 2`,
      ...makes.flatMap((make, index) => [`@ NS ns${index + 1}`, `ns${index + 1} A ${hosts[make]}`]),
      `${old.target}. TXT ${old.record
        .match(/.{1,200}/g)!
        .map((part) => `"${part}"`)
        .join(" ")}`,
      "",
    ].join("\n");
    await chancery.json(["key", "rotate", ring]);
    const next = await whenPhase(chancery, ring, "active", 40, ({ id }) => id !== old.id);
    await insteadOfNsd(
      () => startNsd({ addresses: [hosts.nsd], zones: { [serviceZone]: zone } }),
      async () => {
        const from = performance.now();
        await whenPhase(chancery, ring, "active", 30, ({ id }) => id === old.id);
        process.stderr.write(`called back after ${((performance.now() - from) / 1000).toFixed(1)} s\n`);
        expect((await only(ring, ({ id }) => id === next.id)).phase).not.toBe("active");
        expect(chancery.output()).toMatch(new RegExp(`recalled ${old.selector}`));
      },
    );
  });

  test("S25 one that answers over UDP alone keeps a switch from being made, and is named", async () => {
    const signs = await active(branch);
    await insteadOfNsd(
      () => startUdpOnly({ host: hosts.nsd, port: 53 }, primary),
      async () => {
        await chancery.json(["key", "rotate", branch]);
        await whenWaitsFor(branch, [`${hosts.nsd} (tcp)`]);
        await pause(2);
        expect((await active(branch)).id).toBe(signs.id);
      },
    );
    await whenPhase(chancery, branch, "active", waitSeconds, ({ id }) => id !== signs.id);
  });

  test("I-17 a revoked key says so at every server, and to a resolver that remembers, within the time that was stated", async () => {
    await whenPhase(chancery, branch, "ready", waitSeconds);
    const key = await active(branch);
    const resolver = { host: internet.resolver.address };
    expect((await dig(resolver, key.name, "TXT")).answers.map(plain)).toContain(plain(key.record));
    const from = performance.now();
    const words = ["key", "revoke", branch, "--reason", "it leaked"];
    const [told] = (await chancery.json(words)) as { residualSeconds: number }[];
    await whenAllAnswer(key.target, "TXT", ({ answers }) => answers.some((text) => /p="?$/.test(plain(text))));
    const everywhere = performance.now();
    await eventually(
      async () => (await dig(resolver, key.name, "TXT")).answers.some((text) => /p="?$/.test(plain(text))) || undefined,
      {
        seconds: told!.residualSeconds,
        otherwise: "a resolver still has the key",
      },
    );
    await whenPhase(chancery, branch, "active", waitSeconds, ({ id }) => id !== key.id);
    process.stderr.write(
      `revoked everywhere after ${((everywhere - from) / 1000).toFixed(1)} s, stated ${told!.residualSeconds} s more\n`,
    );
  });

  test("every answer validates while a signed zone of ours changes its keys", async () => {
    const domain = ring;
    const [signing] = (await chancery.json(["zone", "dnssec", "enable", serviceZone])) as { mode: string }[];
    expect(signing).toMatchObject({ mode: "presigned" });
    const anchor = await eventually(
      async () => {
        const { stdout } = await run("dig", [`@${hosts.knot}`, "+short", serviceZone, "DNSKEY"]);
        const ksk = stdout.split("\n").find((line) => line.startsWith("257 3 13"));
        const signed = (await run("dig", [`@${hosts.bind}`, "+dnssec", serviceZone, "SOA"])).stdout.includes(
          "RRSIG\tSOA",
        );
        return signed ? ksk : undefined;
      },
      { seconds: waitSeconds, otherwise: () => chancery.output().slice(-4000) },
    );
    const file = join(chancery.data, "anchor");
    const [flags, protocol, algorithm, ...key] = anchor.split(" ");
    writeFileSync(
      file,
      `trust-anchors { "${serviceZone}." static-key ${flags} ${protocol} ${algorithm} "${key.join("")}"; };\n`,
    );
    const bad: string[] = [];
    let looks = 0;
    const rotated = new AbortController();
    const names = new Set((await keysOf(chancery, domain)).map(({ target }) => target));
    const watching = (async () => {
      while (!rotated.signal.aborted) {
        for (const at of secondaries)
          for (const name of [...names, `none.${serviceZone}`]) {
            const words = ["-a", file, `+root=${serviceZone}`, `@${at.host}`, "-p", "53", name, "TXT"];
            const { stdout, stderr } = await run("delv", words);
            looks++;
            if (!/; (negative response, )?fully validated/.test(stdout + stderr))
              bad.push(`${at.name} ${name}: ${stdout}${stderr}`);
          }
      }
    })();
    const [old] = (await keysOf(chancery, domain)).filter(({ phase }) => phase === "active");
    await whenPhase(chancery, domain, "ready");
    await chancery.json(["key", "rotate", domain]);
    await whenPhase(chancery, domain, "withdrawn", 120, ({ id }) => id === old!.id);
    rotated.abort();
    await watching;
    process.stderr.write(`${looks} looks\n`);
    expect(looks).toBeGreaterThan(20);
    expect(bad).toEqual([]);
  });

  test("DNS-D-31 a domain that is removed ends in REFUSED", async () => {
    const domain = branch;
    const { target } = await whenPhase(chancery, domain, "active");
    const [shown] = (await chancery.json(["domain", "remove", domain])) as Domain[];
    expect(shown).toMatchObject({ domain });
    await whenAllAnswer(target, "TXT", ({ rcode }) => rcode === "REFUSED");
  });
});
