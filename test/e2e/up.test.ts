// Starting and stopping as operators do it (docs/glossary.md: supervisor, role): nothing half up, nothing left behind.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Chancery, type Endpoint, lives, newChancery, opens, roleNames, whenRestarted } from "../rig/chancery.ts";
import { dig } from "../rig/dig.ts";
import { eventually, startPeer, temporaryDirectory } from "../rig/peer.ts";
import { type PostgresCluster, startPostgres } from "../postgres.ts";

const stopSecondsMax = 10;
const directory = temporaryDirectory("up-test");
const started: Chancery[] = [];
const fresh = async (settings = {}): Promise<Chancery> => {
  const chancery = await newChancery(undefined, settings);
  started.push(chancery);
  return chancery;
};
afterAll(async () => {
  await Promise.all(started.map((one) => one.remove()));
  directory.remove();
});

/** Which listeners are open, HTTP left out. */
const listening = ({ listen: { dns, milter, relay } }: Chancery): Promise<boolean[]> =>
  Promise.all([dns, milter, relay].map(opens));
const endpointText = ({ host, port }: Endpoint): string => `${host}:${port}`;
const pidsOf = (chancery: Chancery): number[] => Object.values(chancery.roles());
const secondsUntil = async (what: () => Promise<unknown>): Promise<number> => {
  const from = performance.now();
  await what();
  return (performance.now() - from) / 1000;
};
const untilGone = (pids: readonly number[], seconds: number): Promise<true> =>
  eventually(() => (pids.some(lives) ? undefined : true), {
    seconds,
    otherwise: () => `these still run: ${pids.filter(lives).join(", ")}`,
  });

describe("one data directory", () => {
  let chancery: Chancery;
  beforeAll(async () => {
    chancery = await fresh();
  });

  test("the HTTP listener opens last: before it nothing is promised, with it every role listens", async () => {
    await chancery.start({ wait: false });
    await eventually(async () => ((await chancery.health()) === undefined ? undefined : true), {
      seconds: 60,
      everySeconds: 0.02,
      otherwise: () => chancery.output(),
    });
    expect(await listening(chancery)).toEqual([true, true, true]);
    expect(await chancery.health()).toBe(200);
    expect(Object.keys(chancery.roles()).toSorted()).toEqual(roleNames.toSorted());
  });

  test("the first start says where everything is, and the admin token once", () => {
    const token = readFileSync(join(chancery.data, "admin-token"), "utf8").trim();
    for (const said of [
      token,
      join(chancery.data, "kek"),
      endpointText(chancery.listen.milter),
      endpointText(chancery.listen.dns),
    ])
      expect(chancery.output()).toContain(said);
  });

  test("with no zone the name server answers REFUSED", async () => {
    for (const via of ["udp", "tcp"] as const)
      expect(await dig(chancery.listen.dns, "customer.example", "TXT", via)).toMatchObject({
        rcode: "REFUSED",
        answers: [],
      });
  });

  test("a second start on the same data is refused with the pid of the first", async () => {
    const { status, stderr } = await chancery.cli("up");
    expect(status).toBe(2);
    expect(stderr).toContain(String(chancery.pid()));
    expect(await chancery.health()).toBe(200);
  });

  test("a role that is killed is started again, and the others stay", async () => {
    const before = chancery.roles();
    const old = chancery.killRole("milter");
    await whenRestarted(chancery, "milter", old);
    const { milter: _, ...others } = chancery.roles();
    const { milter: __, ...othersBefore } = before;
    expect(others).toEqual(othersBefore);
  });

  test("SIGTERM to the supervisor alone stops every process in time", async () => {
    const pids = pidsOf(chancery);
    expect(await secondsUntil(() => chancery.stop())).toBeLessThan(stopSecondsMax);
    await untilGone(pids, 1);
    expect((await chancery.ended()).status).toBe(0);
    expect(await listening(chancery)).toEqual([false, false, false]);
  });

  test("a second start is quick, and shows the admin token no more", async () => {
    const said = chancery.output().length;
    const seconds = await secondsUntil(() => chancery.start());
    console.info(`second start: ${seconds.toFixed(1)} s`);
    expect(seconds).toBeLessThan(20); // 3 s are promised for a machine that does nothing else, and here other tests run beside
    expect(chancery.output().slice(said)).not.toContain(
      readFileSync(join(chancery.data, "admin-token"), "utf8").trim(),
    );
  });

  test("kill -9 of the supervisor leaves no role behind, and the next start works", async () => {
    const pids = pidsOf(chancery);
    expect(pids.length).toBe(roleNames.length);
    expect((await chancery.kill()).signal).toBe("SIGKILL");
    await untilGone(pids, stopSecondsMax);
    await chancery.start();
    expect(await chancery.health()).toBe(200);
  });
});

test("SIGTERM to npm start stops every process in time", async () => {
  const chancery = await fresh();
  const npm = startPeer("npm", ["start"], { cwd: join(import.meta.dirname, "..", ".."), env: chancery.environment });
  try {
    await eventually(async () => ((await chancery.health()) === 200 ? true : undefined), {
      seconds: 90,
      otherwise: () => npm.output(),
    });
    const running = readFileSync(join(chancery.data, "chancery.pid"), "utf8").split(" ").map(Number)[0]!;
    expect(lives(running)).toBe(true);
    expect(await secondsUntil(() => npm.stop())).toBeLessThan(stopSecondsMax);
    await untilGone([running], stopSecondsMax);
    expect(await listening(chancery)).toEqual([false, false, false]);
  } finally {
    await npm.stop();
  }
});

describe("with the database away", () => {
  let chancery: Chancery;
  let cluster: PostgresCluster;
  const text = '$TTL 60\n@ SOA ns hostmaster 7 3600 600 86400 60\n@ NS ns\nns A 192.0.2.53\nkey TXT "still here"\n';
  const answered = async (): Promise<string[]> => (await dig(chancery.listen.dns, "key.example.org", "TXT")).answers;

  beforeAll(async () => {
    cluster = await startPostgres();
    chancery = await fresh({ "database.url": cluster.url });
    await chancery.start();
    const file = join(directory.path, "example.org.zone");
    writeFileSync(file, text);
    const imported = await chancery.cli("zone", "import", file, "--origin", "example.org");
    if (imported.status !== 0) throw new Error(imported.stderr);
  });
  afterAll(() => cluster?.stop());

  test("a name server that is started again answers from its snapshot", async () => {
    expect(await answered()).toEqual(['"still here"']); // zone import returns when it is served
    process.kill(cluster.pid, "SIGSTOP");
    chancery.killRole("nameserver");
    await eventually(async () => ((await answered()).length > 0 ? true : undefined), {
      seconds: 20,
      otherwise: () => chancery.output().slice(-3000),
    });
    expect(await answered()).toEqual(['"still here"']);
    process.kill(cluster.pid, "SIGCONT");
  });

  test("a whole Chancery that is started without its database answers for its zones, and comes up when the database does", async () => {
    await chancery.stop();
    process.kill(cluster.pid, "SIGSTOP");
    await chancery.start({ wait: false });
    await eventually(async () => ((await answered()).length > 0 ? true : undefined), {
      seconds: 30,
      otherwise: () => chancery.output().slice(-3000),
    });
    expect(await chancery.health()).toBeUndefined();
    process.kill(cluster.pid, "SIGCONT");
    await eventually(async () => ((await chancery.health()) === 200 ? true : undefined), {
      seconds: 60,
      otherwise: () => chancery.output().slice(-3000),
    });
  });
});
