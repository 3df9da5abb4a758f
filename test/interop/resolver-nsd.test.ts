import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { formatMessage, parseMessage, rdataText, TYPE, typeName, type Message } from "chancery/dns";
import { agreementOn } from "../../server/src/engine/resolver/authorities/agreement.ts";
import { observeAtAuthorities } from "../../server/src/engine/resolver/authorities/authorities.ts";
import { exchange } from "../../server/src/engine/resolver/transport/exchange.ts";
import { createIterativeResolver } from "../../server/src/engine/resolver/iterative.ts";
import { createRecursiveResolver } from "../../server/src/engine/resolver/recursive.ts";
import type { Resolution } from "../../server/src/engine/resolver/resolution.ts";
import { createStubResolver } from "../../server/src/engine/resolver/stub.ts";

/*
 * A small internet of real name servers: NSD for the root, a top level, a customer with two servers and a provider, each on
 * an address of its own and one high port; Unbound as the resolver whose word is compared with ours.
 */

const at = (last: number): string => `127.53.61.${last}`;
const soa = "$TTL 300\n@ 3600 IN SOA ns hostmaster 1 3600 600 86400 120\n";
const key = `v=DKIM1; k=rsa; p=${"A".repeat(392)}`;
const strings = `"${key.slice(0, 200)}" "${key.slice(200)}"`;
const customer = `${soa}@ NS ns1\n@ NS ns2\nns1 A ${at(3)}\nns2 A ${at(4)}
s1._domainkey 600 CNAME s1.dkim.esp.test.
s2._domainkey CNAME gone.dkim.esp.test.
own._domainkey TXT ${strings}
*.wild TXT "anything"
loop1 CNAME loop2\nloop2 CNAME loop1
deep CNAME a1.esp.test.
sub._domainkey NS ns1.esp.test.
`;
const esp = `${soa}@ NS ns1\nns1 A ${at(5)}
s1.dkim TXT ${strings}
a1 CNAME a2\na2 CNAME a3\na3 CNAME own._domainkey.customer.test.
huge TXT ${Array.from({ length: 12 }, () => `"${"x".repeat(250)}"`).join(" ")}
`;
const hosts: { last: number; zones: Record<string, string> }[] = [
  { last: 1, zones: { ".": `${soa}@ NS ns.root.\nns.root. A ${at(1)}\ntest. NS ns.test.\nns.test. A ${at(2)}\n` } },
  {
    last: 2,
    zones: {
      test: `${soa}@ NS ns\nns A ${at(2)}
customer NS ns1.customer\ncustomer NS ns2.customer\nns1.customer A ${at(3)}\nns2.customer A ${at(4)}
esp NS ns1.esp\nns1.esp A ${at(5)}
dead NS ns.dead\nns.dead A ${at(9)}
lame NS ns.lame\nns.lame A ${at(5)}
`,
    },
  },
  { last: 3, zones: { "customer.test": customer } },
  { last: 4, zones: { "customer.test": customer } },
  {
    last: 5,
    zones: { "esp.test": esp, "sub._domainkey.customer.test": `${soa}@ NS ns1.esp.test.\ns1 TXT ${strings}\n` },
  },
];

const running = new Map<string, ChildProcess>();
let directory: string;
let port: number;
let unboundPort: number;
const root = [{ name: "ns.root", addresses: [at(1)] }];

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen(0, at(1), () => {
      const bound = server.address();
      server.close(() => resolve(typeof bound === "object" && bound ? bound.port : 0));
    });
  });

async function start(name: string, command: string, args: string[], probe: { address: string; port: number }) {
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  child.stdout.on("data", (chunk) => (output += String(chunk)));
  child.stderr.on("data", (chunk) => (output += String(chunk)));
  let failure: string | undefined;
  child.on("error", (error) => (failure = `${command} cannot be started, is it installed? ${error.message}`));
  child.on("exit", (code) => (failure ??= `${command} ended with ${code}: ${output}`));
  running.set(name, child);
  for (let tries = 0; tries < 100; tries++) {
    if (failure !== undefined) throw new Error(failure);
    const done = await exchange({ name: "ready.invalid", type: TYPE.A }, probe, { timeoutMs: 100, attempts: 1 });
    if (done.result === "answered") return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`${command} does not answer: ${output}`);
}

async function stop(name: string): Promise<void> {
  const child = running.get(name);
  running.delete(name);
  if (!child || child.exitCode !== null) return;
  await new Promise((resolve) => {
    child.once("exit", resolve);
    child.kill();
  });
}

/** One NSD on one address; `zones` maps an origin to a master file. */
async function startNsd(last: number, zones: Record<string, string>): Promise<void> {
  const file = (name: string): string => join(directory, `${last}-${name}`);
  const blocks = Object.entries(zones).map(([origin, text], index) => {
    writeFileSync(file(`zone${index}`), text);
    return `zone:\n  name: "${origin}"\n  zonefile: "${file(`zone${index}`)}"\n`;
  });
  const server = [
    `ip-address: ${at(last)}@${port}`,
    'username: ""',
    'chroot: ""',
    "server-count: 1",
    'database: ""',
    `pidfile: "${file("pid")}"`,
    `xfrdfile: "${file("xfrd")}"`,
    `zonelistfile: "${file("zones")}"`,
    `xfrdir: "${directory}"`,
    "rrl-ratelimit: 0",
  ];
  const config = `server:\n${server.map((line) => `  ${line}\n`).join("")}remote-control:\n  control-enable: no\n`;
  writeFileSync(file("conf"), config + blocks.join(""));
  await start(`nsd${last}`, "nsd", ["-d", "-c", file("conf")], { address: at(last), port });
}

async function startUnbound(): Promise<void> {
  const stub = (zone: string, last: number): string =>
    `stub-zone:\n  name: "${zone}"\n  stub-addr: ${at(last)}@${port}\n`;
  const config = `server:
  interface: ${at(8)}@${unboundPort}
  access-control: 127.0.0.0/8 allow
  do-not-query-localhost: no
  do-daemonize: no
  use-syslog: no
  username: ""
  chroot: ""
  pidfile: ""
  module-config: "iterator"
  local-zone: "test." nodefault
  num-threads: 1
remote-control:
  control-enable: no
${stub(".", 1)}${stub("test", 2)}${stub("customer.test", 3)}${stub("esp.test", 5)}${stub("lame.test", 5)}${stub("dead.test", 9)}
${stub("sub._domainkey.customer.test", 5)}`;
  writeFileSync(join(directory, "unbound.conf"), config);
  await start("unbound", "unbound", ["-d", "-c", join(directory, "unbound.conf")], {
    address: at(8),
    port: unboundPort,
  });
}

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "resolver-nsd-"));
  port = await freePort();
  unboundPort = await freePort();
  for (const { last, zones } of hosts) await startNsd(last, zones);
  await startUnbound();
});

afterAll(async () => {
  for (const name of running.keys()) await stop(name);
  rmSync(directory, { recursive: true, force: true });
});

const options = () => ({ root, authorityPort: port, timeoutMs: 300 });
const unbound = () => createStubResolver({ servers: [{ address: at(8), port: unboundPort }] });

/** What both resolvers have to agree on. */
const gist = (resolution: Resolution) => ({
  outcome: resolution.outcome,
  reason: resolution.outcome === "absent" ? resolution.reason : undefined,
  aliases: resolution.outcome === "unknown" ? [] : resolution.aliases.map(({ name, target }) => `${name} ${target}`),
  records: resolution.records.map((record) => rdataText(record.type, record.data)).sort(),
});

describe("beside Unbound, over NSD", () => {
  const questions: [name: string, type: number, outcome: string][] = [
    ["s1._domainkey.customer.test", TYPE.TXT, "present"],
    ["s1._domainkey.customer.test", TYPE.CNAME, "present"],
    ["own._domainkey.customer.test", TYPE.TXT, "present"],
    ["s2._domainkey.customer.test", TYPE.TXT, "absent"],
    ["none._domainkey.customer.test", TYPE.TXT, "absent"],
    ["_domainkey.customer.test", TYPE.TXT, "absent"],
    ["own._domainkey.customer.test", TYPE.A, "absent"],
    ["any.wild.customer.test", TYPE.TXT, "present"],
    ["deep.customer.test", TYPE.TXT, "present"],
    ["s1.sub._domainkey.customer.test", TYPE.TXT, "present"],
    ["huge.esp.test", TYPE.TXT, "present"],
    ["customer.test", TYPE.NS, "present"],
    ["customer.test", TYPE.SOA, "present"],
    ["loop1.customer.test", TYPE.TXT, "unknown"],
    ["x.lame.test", TYPE.TXT, "unknown"],
  ];
  test.each(questions)("%s type %i is %s for a walk from the root and for Unbound", async (name, type, outcome) => {
    const walked = await createIterativeResolver(options()).lookup(name, type);
    expect(walked.outcome).toBe(outcome);
    expect(gist(await unbound().lookup(name, type))).toEqual(gist(walked));
  });

  test.each(questions)("%s type %i gets from our recursive resolver what Unbound says", async (name, type) => {
    const { answer } = createRecursiveResolver(options());
    const asked = { id: 1, opcode: 0, rcode: 0, questions: [{ name, type, class: 1 }] };
    const flags = { response: false, authoritative: false, truncated: false, recursionDesired: true };
    const rest = { recursionAvailable: false, authenticData: false, checkingDisabled: false };
    const query: Message = { ...asked, ...flags, ...rest, answers: [], authority: [], additional: [] };
    const replied = await answer(formatMessage(query), { transport: "tcp" });
    const ours = replied ? parseMessage(replied) : undefined;
    const theirs = await exchange({ name, type }, { address: at(8), port: unboundPort }, { recursionDesired: true });
    if (!ours?.ok || theirs.result !== "answered") throw new Error("no answer");
    const seen = ({ rcode, answers }: Message) => ({
      rcode,
      // Of a loop Unbound shows what it saw, beside SERVFAIL.
      answers:
        rcode === 2
          ? []
          : answers
              .map((record) => `${record.name} ${typeName(record.type)} ${rdataText(record.type, record.data)}`)
              .sort(),
    });
    expect(seen(ours.value)).toEqual(seen(theirs.message));
  });

  test("every message of NSD and Unbound survives our reading and writing", async () => {
    for (const [name, type] of questions) {
      for (const server of [
        ...hosts.map(({ last }) => ({ address: at(last), port })),
        { address: at(8), port: unboundPort },
      ]) {
        const done = await exchange({ name, type }, server, { recursionDesired: true });
        if (done.result !== "answered") throw new Error(`${server.address} ${name}: ${done.failure}`);
        expect(parseMessage(formatMessage(done.message))).toEqual({ ok: true, value: done.message });
      }
    }
  });

  test("a dead server is unknown, for both", async () => {
    const walked = await createIterativeResolver({ ...options(), timeoutMs: 100 }).lookup("x.dead.test", TYPE.TXT);
    expect(walked.outcome).toBe("unknown");
  });
});

describe("every authoritative address of a chain, on NSD", () => {
  const observe = () => observeAtAuthorities("s1._domainkey.customer.test", TYPE.TXT, { ...options(), timeoutMs: 200 });

  test("agrees, over UDP and TCP, alias by alias", async () => {
    const observation = await observe();
    expect(
      observation.names.map((seen) => [seen.name, seen.zone.apex, seen.addresses.map((address) => address.address)]),
    ).toEqual([
      ["s1._domainkey.customer.test", "customer.test", [at(3), at(4)]],
      ["s1.dkim.esp.test", "esp.test", [at(5)]],
    ]);
    expect(observation.names.map((seen) => agreementOn(seen).verdict)).toEqual(["agreed", "agreed"]);
    expect(observation.names[1]?.addresses[0]).toMatchObject({
      udp: { state: "records", records: [{ ttl: 300, text: key }] },
      tcp: { state: "records", records: [{ ttl: 300, text: key }] },
      soa: { serial: 1, ttl: 3600, minimum: 120, negativeTtl: 120 },
      wildcard: "absent",
    });
  });

  test("sees the branch that the customer's two servers delegate", async () => {
    const observation = await observeAtAuthorities("s1.sub._domainkey.customer.test", TYPE.TXT, options());
    expect(observation.names[0]?.zone).toMatchObject({
      apex: "sub._domainkey.customer.test",
      parent: "customer.test",
      parents: [
        { address: at(3), state: "delegated", ns: { names: ["ns1.esp.test"] } },
        { address: at(4), state: "delegated", ns: { names: ["ns1.esp.test"] } },
      ],
    });
  });

  test("names the server that is down, then the one that is behind", async () => {
    await stop("nsd4");
    const down = agreementOn((await observe()).names[0] ?? expect.unreachable());
    expect(down).toMatchObject({
      verdict: "unknown",
      unknown: [
        { server: at(4), transport: "udp" },
        { server: at(4), transport: "tcp" },
      ],
    });
    await startNsd(4, { "customer.test": customer.replace("s1.dkim.esp.test", "old.dkim.esp.test") });
    const behind = agreementOn((await observe()).names[0] ?? expect.unreachable());
    expect(behind.verdict).toBe("differ");
    expect(behind.opinions.map((opinion) => opinion.addresses)).toEqual([[at(3)], [at(4)]]);
  });
});
