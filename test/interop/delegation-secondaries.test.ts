import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import type { Domain } from "@chancery/api";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Chancery, newChancery } from "../rig/chancery.ts";
import { keysOf, type Method, takeDelegation, whenPhase } from "../rig/delegation.ts";
import { dig } from "../rig/dig.ts";
import { type Internet, serviceZone, startInternet } from "../rig/internet.ts";
import { eventually, run } from "../rig/peer.ts";
import { type RunningSecondary, type SecondaryMake, startSecondary } from "../rig/secondaries.ts";

/*
 * A hidden primary: the names that customers delegate to are those of Knot and BIND, which know Chancery by its recipe alone. What a customer
 * sees of a delegation is what it is with a name server of our own.
 */
const net = 91;
const customers: readonly { domain: string; method: Method }[] = [
  { domain: "branch.example", method: "ns-branch" },
  { domain: "ring.example", method: "cname-ring" },
];
const makes = ["knot", "bind"] as const satisfies readonly SecondaryMake[];
/** BIND listens only where an interface has the address. */
const hosts = { knot: `127.53.${net}.53`, bind: "127.0.0.1" };
/** The lab keeps a key for a minute after its record is gone. */
const waitSeconds = 150;

let internet: Internet;
let chancery: Chancery;
const secondaries: RunningSecondary[] = [];

beforeAll(async () => {
  internet = await startInternet({ net, customers: customers.map(({ domain }) => domain) });
  const keys = makes.map((make) => ({ name: `${make}-key`, secret: randomBytes(32).toString("base64") }));
  chancery = await newChancery(internet, {
    "dns.listen": `127.53.${net}.57:53`,
    "dns.nameservers": JSON.stringify(
      makes.map((make, index) => ({ name: `ns${index + 1}.${serviceZone}`, addresses: [hosts[make]] })),
    ),
    "dns.tsig_keys": JSON.stringify(keys),
    "dns.secondaries": JSON.stringify(
      makes.map((make) => ({ name: make, addresses: [`${hosts[make]}:53`], keys: [`${make}-key`] })),
    ),
  });
  await chancery.start();
  for (const make of makes)
    secondaries.push(
      await startSecondary(make, { host: hosts[make], port: 53 }, async (folder) => {
        const words = ["recipe", make, "--secondary", make, "--with-secret", "--into", folder];
        const { status, stderr } = await chancery.cli("nameserver", ...words);
        if (status !== 0) throw new Error(stderr);
      }),
    );
}, 120_000);
afterAll(async () => {
  await chancery?.remove();
  await Promise.all(secondaries.map((one) => one.stop()));
  await internet?.stop();
});

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

describe("with Knot and BIND in front, that know Chancery by a recipe", () => {
  test.each(customers)("$domain ($method) is taken, and its first key is active", async ({ domain, method }) => {
    const from = performance.now();
    const key = await takeDelegation(chancery, internet.customers[domain]!, method);
    process.stderr.write(`${domain}: active after ${((performance.now() - from) / 1000).toFixed(1)} s\n`);
    for (const at of secondaries)
      expect((await dig(at, key.target, "TXT")).answers[0]?.replaceAll(/[" ]/g, "")).toBe(
        key.record.replaceAll(" ", ""),
      );
    const found = await dig({ host: internet.resolver.address }, key.name, "TXT");
    expect(found.answers.map((answer) => answer.replaceAll(/[" ]/g, ""))).toContain(key.record.replaceAll(" ", ""));
  });

  test("every answer validates while a signed zone of ours changes its keys", async () => {
    const { domain } = customers[1]!;
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
    const { domain } = customers[0]!;
    const { target } = await whenPhase(chancery, domain, "active");
    const [shown] = (await chancery.json(["domain", "remove", domain])) as Domain[];
    expect(shown).toMatchObject({ domain });
    await whenAllAnswer(target, "TXT", ({ rcode }) => rcode === "REFUSED");
  });
});
