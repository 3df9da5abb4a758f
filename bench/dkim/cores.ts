// Signing on every core, beside one core and beside what OpenSSL makes of all of them.
import { execFileSync } from "node:child_process";
import { availableParallelism } from "node:os";
import { sign, signMany } from "chancery/dkim";
import { medians } from "./cost.ts";
import { printGoal } from "./goal.ts";
import { textMessage, type Algorithm } from "./message.ts";
import { signOptions } from "./node-peers.ts";

type Run = { wallSeconds: number; cpuSeconds: number };

/** Seconds a message, by the clock on the wall and by the processor. */
async function timed(count: number, work: () => Promise<void>): Promise<Run> {
  const cpu = process.cpuUsage();
  const start = performance.now();
  await work();
  const wallSeconds = (performance.now() - start) / 1000 / count;
  const { user, system } = process.cpuUsage(cpu);
  return { wallSeconds, cpuSeconds: (user + system) / 1e6 / count };
}

function* repeated(message: Buffer, count: number): Generator<Buffer> {
  for (let at = 0; at < count; at++) yield message;
}

/** One after another, which leaves one core busy at a time. */
const onOneCore = (message: Buffer, algorithm: Algorithm, count: number): Promise<Run> =>
  timed(count, async () => {
    const options = signOptions(algorithm);
    for (const each of repeated(message, count)) await sign(each, options);
  });

const onAllCores = (message: Buffer, algorithm: Algorithm, count: number): Promise<Run> =>
  timed(count, async () => {
    for await (const signed of signMany(repeated(message, count), signOptions(algorithm))) {
      if (!signed.ok) throw signed.refusal;
    }
  });

/** Signatures a second of all cores together, by `openssl speed`, which counts CPU seconds. */
function opensslPerSecond(cores: number): number {
  const args = ["speed", "-seconds", "2", "-multi", String(cores), "rsa2048"];
  const output = execFileSync("openssl", args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  return Number(/rsa 2048 bits\s+\S+\s+\S+\s+(\S+)/.exec(output)?.[1]);
}

export async function compareCores(): Promise<void> {
  const cores = availableParallelism();
  const message = textMessage(4096);
  const cases = [
    ["rsa", 4000, 16_000],
    ["ed25519", 20_000, 60_000],
  ] as const;
  for (const [algorithm, alone, many] of cases) {
    const runs: { one: Run[]; all: Run[] } = { one: [], all: [] };
    const { openssl } = await medians(
      {
        one: async () => (runs.one.push(await onOneCore(message, algorithm, alone)), undefined),
        all: async () => (runs.all.push(await onAllCores(message, algorithm, many)), undefined),
        openssl: () => (algorithm === "rsa" ? opensslPerSecond(cores) : undefined),
      },
      3,
    );
    const median = (values: number[]): number => values.sort((a, b) => a - b)[values.length >> 1]!;
    const wall = (list: Run[]): number => median(list.map(({ wallSeconds }) => wallSeconds));
    const cpu = (list: Run[]): number => median(list.map(({ cpuSeconds }) => cpuSeconds));
    const rate = (seconds: number): string => (1 / seconds).toFixed(0);
    console.log(
      `signMany ${algorithm} 4 KB, ${cores} cores: ${rate(wall(runs.all))} messages/s, one core ${rate(wall(runs.one))}; ` +
        `CPU a message ${(1e6 * cpu(runs.all)).toFixed(0)} us, on one core ${(1e6 * cpu(runs.one)).toFixed(0)} us`,
    );
    const title = "times one core";
    printGoal({ title, reached: wall(runs.one) / wall(runs.all), wanted: 0.85 * cores });
    printGoal({
      title: `${title}, by CPU seconds`,
      reached: (cores * cpu(runs.one)) / cpu(runs.all),
      wanted: 0.85 * cores,
    });
    if (openssl !== undefined) {
      console.log(`  openssl speed -multi ${cores}: ${openssl.toFixed(0)} signatures/s`);
      printGoal({
        title: "of openssl speed, by CPU seconds",
        reached: cores / cpu(runs.all) / openssl,
        wanted: 0.86,
        limit: 1,
      });
    }
  }
}
