// Signing on every core, beside one core and beside what OpenSSL makes of all of them.
import { execFileSync } from "node:child_process";
import { availableParallelism } from "node:os";
import { sign, signMany } from "chancery/dkim";
import { medianOf } from "./cost.ts";
import { perSecond, printGoal } from "./goal.ts";
import { textMessage, type Algorithm } from "./message.ts";
import { signOptions } from "./node-peers.ts";

const rounds = 3;

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

/** Signatures a second of `openssl speed`: of one core by CPU seconds; of several, as it counts them, by the clock. */
function opensslPerSecond(cores: number): number {
  const multi = cores === 1 ? [] : ["-multi", String(cores)];
  const args = ["speed", "-seconds", "2", ...multi, "rsa2048"];
  const output = execFileSync("openssl", args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  return Number(/rsa 2048 bits\s+\S+\s+\S+\s+(\S+)/.exec(output)?.[1]);
}

/** One after the other, several times over, so that what happens beside it happens to all. */
async function compare(algorithm: Algorithm, countOnOne: number, countOnAll: number): Promise<void> {
  const cores = availableParallelism();
  const message = textMessage(4096);
  const one: Run[] = [];
  const all: Run[] = [];
  const openssl: { one: number; all: number }[] = [];
  for (let round = 0; round < rounds; round++) {
    one.push(await onOneCore(message, algorithm, countOnOne));
    all.push(await onAllCores(message, algorithm, countOnAll));
    if (algorithm === "rsa") openssl.push({ one: opensslPerSecond(1), all: opensslPerSecond(cores) });
  }
  const wall = { one: medianOf(one, (run) => run.wallSeconds), all: medianOf(all, (run) => run.wallSeconds) };
  const cpu = { one: medianOf(one, (run) => run.cpuSeconds), all: medianOf(all, (run) => run.cpuSeconds) };
  const microseconds = (seconds: number): string => (1e6 * seconds).toFixed(0);
  console.log(
    `signMany ${algorithm} 4 KB, ${cores} cores: ${perSecond(wall.all)} messages/s, one core ${perSecond(wall.one)}; ` +
      `CPU a message ${microseconds(cpu.all)} us, on one core ${microseconds(cpu.one)} us`,
  );
  const wanted = 0.85 * cores;
  printGoal({ title: "times one core, by the clock", reached: wall.one / wall.all, wanted });
  printGoal({ title: "times one core, by CPU seconds", reached: (cores * cpu.one) / cpu.all, wanted });
  if (openssl.length === 0) return;
  const limit = { one: medianOf(openssl, (figures) => figures.one), all: medianOf(openssl, (figures) => figures.all) };
  console.log(
    `  openssl speed: ${limit.all.toFixed(0)} signatures/s with -multi ${cores}, ${limit.one.toFixed(0)} per CPU-s`,
  );
  printGoal({ title: "of openssl, by the clock", reached: 1 / wall.all / limit.all, wanted: 0.86 });
  printGoal({ title: "of openssl, by CPU seconds", reached: 1 / cpu.all / limit.one, wanted: 0.86 });
}

export async function compareCores(): Promise<void> {
  await compare("rsa", 4000, 16_000);
  await compare("ed25519", 20_000, 60_000);
}
