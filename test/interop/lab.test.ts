// Every case of the lab on a small internet of NSD, Knot, Unbound and a server that lies, audited by the real command.
import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { labCases, type NamedCase } from "../lab/case.ts";
import { startLabInternet, type LabInternet } from "../lab/internet.ts";
import { type AuditDocument, judge } from "../lab/judge.ts";
import { auditWords } from "../lab/options.ts";
import { run, temporaryDirectory } from "../rig/peer.ts";
import type { CommandRun } from "./lab-child.ts";

const cases = (await labCases()).filter(({ on }) => on !== "file");
const directory = temporaryDirectory("lab");
const main = join(import.meta.dirname, "../../server/src/app/main.ts");
/** So many audits run at once: most of an audit is waiting. */
const auditsAtOnce = 6;
const secondsMax = 280;

let internet: LabInternet;
const results = new Map<string, CommandRun>();

beforeAll(async () => {
  internet = await startLabInternet(cases);
  const queue = cases.values();
  await Promise.all(Array.from({ length: auditsAtOnce }, () => auditAll(queue)));
}, secondsMax * 1000);
afterAll(async () => {
  await internet?.stop();
  directory.remove();
});

/** Takes cases until there are none left, with a process for all of them. */
async function auditAll(queue: Iterable<NamedCase>): Promise<void> {
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith("CHANCERY_"));
  const env = { ...Object.fromEntries(inherited), ...internet.environment };
  const child = fork(new URL("lab-child.ts", import.meta.url), { cwd: directory.path, env, execArgv: [] });
  try {
    for (const one of queue) {
      child.send(await auditWords(one, directory.path));
      const [ran] = (await once(child, "message")) as [CommandRun];
      results.set(one.name, ran);
    }
  } finally {
    child.kill();
  }
}

test.each(cases.map((one) => [one.name, one.shows, one] as const))("%s: %s", (name, _, one) => {
  const { status, stdout, stderr } = results.get(name) ?? expect.unreachable("the internet did not start");
  expect(stdout, stderr).not.toBe("");
  judge(one, status, JSON.parse(stdout) as AuditDocument);
});

test("`chancery lab run delegation-faults` shows the eight ways in which a delegation fails", async () => {
  const { status, stdout, stderr } = await run(process.execPath, [main, "lab", "run", "delegation-faults", "--json"]);
  const shown = stdout
    .split("\n")
    .flatMap((line) => (line === "" ? [] : [JSON.parse(line) as { expected: string; found: boolean }]));
  expect(
    shown.filter(({ found }) => !found),
    stderr,
  ).toEqual([]);
  expect([shown.length, status]).toEqual([8, 0]);
});
