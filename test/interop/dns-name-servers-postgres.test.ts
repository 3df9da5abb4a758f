// Several name servers on one PostgreSQL, and what an operator does while it is away.
import { readdirSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { TYPE } from "chancery/dns";
import { address, text, ZoneRig } from "../../server/src/service/zone/served/served-zones.fixture.ts";
import { type Gate, startGate } from "../fakes/gate.ts";
import { type PostgresCluster, startPostgres } from "../postgres.ts";
import { type Chancery, newChancery } from "../rig/chancery.ts";
import { dig } from "../rig/dig.ts";
import { eventually, freePort, pause, type Peer } from "../rig/peer.ts";
import { keyOf, secretOf, serialAt, startSecondary, transferred } from "./dns-transfer-rig.ts";

const zone = "dkim.example.net";
const names = ["a", "b", "c"].map((label) => `${label}.${zone}`);
const www = `www.${zone}`;
let postgres: PostgresCluster;
let gate: Gate;
/** Writes to the database, as API and controller do. */
let writer: ZoneRig;
const machines: Chancery[] = [];
const running: Peer[] = [];

beforeAll(async () => {
  postgres = await startPostgres();
  const url = new URL(postgres.createDatabase());
  gate = await startGate(Number(url.port));
  writer = await ZoneRig.start(url.href);
  await writer.open(zone, [...names.map((name) => text(name, "0")), address(www, 1)]);
  url.port = String(gate.port);
  for (let number = 0; number < 3; number++)
    machines.push(
      await newChancery(undefined, { "database.url": url.href, "dns.nsid": `ns${number}`, "dns.rate_limit": "100000" }),
    );
  running.push(...(await Promise.all(machines.map((machine) => machine.run("nameserver")))));
}, 120_000);
afterAll(async () => {
  await Promise.all(machines.map((machine) => machine.remove()));
  await writer?.close();
  gate?.stop();
  await postgres?.stop();
});

/** What a machine answers for the zone; the serial first. */
async function answersOf(machine: Chancery): Promise<string[]> {
  const soa = await dig(machine.listen.dns, zone, "SOA");
  const rest = await Promise.all([
    ...names.map((name) => dig(machine.listen.dns, name, "TXT")),
    dig(machine.listen.dns, www, "A"),
    dig(machine.listen.dns, `none.${zone}`, "TXT"),
  ]);
  return [soa.answers[0]?.split(" ")[2] ?? soa.rcode, ...rest.flatMap(({ rcode, answers }) => [rcode, ...answers])];
}
const answerAlike = (machine: Chancery, expected: readonly string[]): Promise<string[]> =>
  eventually(
    async () => {
      const answers = await answersOf(machine);
      return answers.join() === expected.join() ? answers : undefined;
    },
    { seconds: 30, otherwise: () => `never ${expected.join()}\n${machine.output().slice(-3000)}` },
  );
const expected = (serial: number, value: number, octet: number): string[] => [
  String(serial),
  ...names.flatMap(() => ["NOERROR", `"${value}"`]),
  "NOERROR",
  `192.0.2.${octet}`,
  "NXDOMAIN",
];
const setAll = (value: number): Promise<number> =>
  writer.change(
    zone,
    names.map((name) => text(name, String(value))),
  );

async function killAndRun(number: number): Promise<void> {
  process.kill(running[number]!.pid, "SIGKILL");
  await running[number]!.ended;
  running[number] = await machines[number]!.run("nameserver");
}

test("killed with -9 at will while changes come, all end with the same serial and the same answers", async () => {
  let serial = 1;
  const writing = (async () => {
    for (let value = 1; value <= 30; value++, await pause(0.1)) serial = await setAll(value);
    return "over";
  })();
  for (let kill = 0; (await Promise.race([writing, pause(0.3)])) !== "over"; kill++)
    await killAndRun(kill % machines.length);
  for (const machine of machines) await answerAlike(machine, expected(serial, 30, 1));
});

test("D1 D3 with the database away, restarts included, answers are identical; afterwards the changes are caught up with", async () => {
  const before = await answersOf(machines[0]!);
  gate.close();
  const serial = await setAll(31);
  await Promise.all(machines.map((_, number) => killAndRun(number)));
  for (const machine of machines) expect(await answersOf(machine)).toEqual(before);
  gate.open();
  for (const machine of machines) await answerAlike(machine, expected(serial, 31, 1));
});

test("D2 F-16 with no sound file and no database everything is REFUSED, never NXDOMAIN; with the database back it answers", async () => {
  const [, , machine] = machines;
  gate.close();
  process.kill(running[2]!.pid, "SIGKILL");
  await running[2]!.ended;
  const before = await dig(machines[0]!.listen.dns, zone, "SOA");
  for (const file of readdirSync(machine!.data).filter((name) => name.startsWith("zones.snapshot")))
    truncateSync(join(machine!.data, file), 100);
  running[2] = await machine!.run("nameserver");
  for (const name of [zone, names[0]!, `none.${zone}`])
    expect((await dig(machine!.listen.dns, name, "TXT")).rcode).toBe("REFUSED");
  gate.open();
  await answerAlike(machine!, await answersOf(machines[0]!));
  expect(await dig(machine!.listen.dns, zone, "SOA")).toEqual(before);
});

test("break-glass, the drill: a record is changed with database and API away, and adopted when they are back", async () => {
  const [here, elsewhere] = [machines[0]!, machines[1]!];
  const serial = Number((await answersOf(here))[0]);
  gate.close();

  const set = await here.cli("nameserver", "override", "set", www, "A", "192.0.2.99", "--ttl", "60");
  expect(set.stderr).toContain("served:");
  expect(set.status).toBe(0);
  const during = await answersOf(here);
  expect(during.slice(1)).toEqual(expected(0, 31, 99).slice(1));
  expect(Number(during[0])).toBeGreaterThan(serial);
  const listed = await here.json(["nameserver", "override", "list"]);
  expect(listed).toMatchObject([{ name: www, type: "A", rdata: ["192.0.2.99"], served: true }]);
  const away = await here.cli("nameserver", "override", "adopt");
  expect([away.status, away.stderr]).toEqual([3, expect.stringContaining("the database is away")]);
  await killAndRun(0);
  expect(await answersOf(here)).toEqual(during); // it outlives the process

  gate.open();
  await eventually(async () => ((await floors()).length > 0 ? true : undefined), {
    seconds: 30,
    otherwise: "the database never learnt the serial",
  });
  const next = await setAll(32);
  expect(next).toBeGreaterThan(Number(during[0]));
  await answerAlike(here, expected(next, 32, 99)); // on top until somebody decides
  await answerAlike(elsewhere, expected(next, 32, 1));

  const adopted = await here.cli("nameserver", "override", "adopt");
  expect([adopted.status, adopted.stderr]).toEqual([0, expect.stringContaining(`${www} A: the database has it`)]);
  const last = Number(/with serial (\d+)/.exec(adopted.stderr)?.[1]);
  for (const machine of machines) await answerAlike(machine, expected(last, 32, 99));
  expect(await here.json(["nameserver", "override", "list"])).toEqual([]);
  await pause(1);
  for (const machine of machines) expect(await answersOf(machine)).toEqual(expected(last, 32, 99)); // and it stays
  expect(await rows()).toMatchObject([{ name: www, type: TYPE.A }]);
});

test("F-26 killed in the middle of a transfer: the secondary keeps its zone, and gets the next one whole from what was on disk", async () => {
  const big = "big.example.net";
  await writer.open(big, [text(`a.${big}`, "first")]);
  const secondaryHost = "127.0.0.1";
  const machine = await newChancery(undefined, {
    "database.url": machines[0]!.environment["CHANCERY_DATABASE_URL"]!,
    "dns.tsig_keys": JSON.stringify([{ name: "transfer.key", secret: secretOf(7) }]),
    "dns.secondaries": JSON.stringify([
      { name: "knot", addresses: [`${secondaryHost}:${await freePort()}`], keys: ["transfer.key"] },
    ]),
  });
  machines.push(machine);
  running.push(await machine.run("nameserver"));
  const slow = await startGate(machine.listen.dns.port, machine.listen.dns.host);
  const setting = { key: keyOf("transfer.key", 7), secret: secretOf(7), zones: [big] };
  const place = { host: secondaryHost, port: await freePort() };
  const knot = await startSecondary("knot", { ...place, ...setting, primary: { host: "127.0.0.1", port: slow.port } });
  try {
    const knotHas = (serial: number): Promise<true> =>
      eventually(async () => ((await serialAt(knot, big)) === serial ? true : undefined), {
        seconds: 40,
        otherwise: () => `Knot never had serial ${serial}\n${knot.peer.output().slice(-3000)}`,
      });
    await knotHas(1);
    slow.octetsMax = 200_000;
    const serial = await writer.change(
      big,
      Array.from({ length: 8000 }, (_, index) => text(`n${index}.${big}`, "x".repeat(100))),
    );
    await eventually(() => (slow.waiting > 0 ? true : undefined), { seconds: 40, otherwise: "no transfer began" });
    gate.close();
    process.kill(running.at(-1)!.pid, "SIGKILL");
    await running.at(-1)!.ended;
    expect(await serialAt(knot, big)).toBe(1);
    slow.close();
    slow.octetsMax = Infinity;
    running[running.length - 1] = await machine.run("nameserver"); // the database is away: from its own files
    slow.open();
    await knotHas(serial);
    expect(await transferred(knot, big)).toHaveLength(8000 + 2);
  } finally {
    gate.open();
    await knot.stop();
    slow.stop();
  }
});

const floors = () => writer.db.selectFrom("serialFloors").selectAll().execute();
const rows = () => writer.db.selectFrom("records").selectAll().where("name", "=", www).execute();
