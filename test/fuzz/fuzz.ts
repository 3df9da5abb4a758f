import { setImmediate } from "node:timers/promises";
import { minimise } from "./minimise.ts";
import { newInput } from "./mutate.ts";
import { Random } from "./random.ts";
import { type Cost, costOf } from "./stops.ts";
import type { Target } from "./target.ts";

export type FuzzOptions = {
  targets: readonly Target[];
  /** In all, shared out among the targets. */
  inputs: number;
  seed: number;
  /** How long one input may keep everything else waiting. Infinity where time is not to be looked at. */
  blockedMsMax: number;
};

/** An input that is read wrong: what is wrong, the smallest one found, and the one it came from. */
export type Finding = { target: string; reason: string; input: string; index: number };

export type TargetReport = {
  target: string;
  inputs: number;
  octets: number;
  ms: number;
  /** The input that kept others waiting for longest. */
  longest: { stopMs: number; index: number; octets: number };
};

export type FuzzReport = { targets: TargetReport[]; findings: Finding[]; rssGrowthBytes: number };

/** What is wrong with an input, in words that do not depend on it; undefined when nothing is. */
export async function faultOf(target: Target, input: string): Promise<string | undefined> {
  try {
    await target.check(input);
    return undefined;
  } catch (error) {
    return error instanceof Error ? `${error.name}: ${error.message}` : "something thrown that is no error";
  }
}

/** The input with this number. It follows from the seed, the target's name and seeds, and the number alone. */
export const inputOf = (target: Target, seed: number, index: number): string =>
  newInput(new Random(seed, target.name, index), target);

/**
 * Gives every target its share of inputs, one after the other, and pauses after each input so that the event loop
 * turns. A fault is looked into once for each target and reason.
 */
export async function fuzz({ targets, inputs, seed, blockedMsMax }: FuzzOptions): Promise<FuzzReport> {
  const reports = targets.map(({ name }): TargetReport => ({
    target: name,
    inputs: 0,
    octets: 0,
    ms: 0,
    longest: { stopMs: 0, index: 0, octets: 0 },
  }));
  const findings: Finding[] = [];
  const turns = targets.flatMap((target, at) =>
    Array.from({ length: target.share ?? 8 }, () => ({ target, report: reports[at]! })),
  );
  // What is loaded when it is first wanted is no input's fault.
  for (const target of targets) await faultOf(target, target.seeds[0] ?? "");
  // Code is compiled and caches fill during the first tenth.
  let rssWarm = process.memoryUsage.rss();
  for (let at = 0; at < inputs; at++) {
    if (at === Math.floor(inputs / 10)) rssWarm = process.memoryUsage.rss();
    const { target, report } = turns[at % turns.length]!;
    const index = report.inputs++;
    const input = inputOf(target, seed, index);
    report.octets += input.length;
    const { fault, ms, stopMs } = await timed(target, input);
    report.ms += ms;
    // A pause of the machine or of the garbage collector comes once; an input that is slow is slow each time.
    const least =
      blockedMsMax < Infinity && stopMs > Math.min(report.longest.stopMs, blockedMsMax)
        ? await leastStopMs(target, input, blockedMsMax, stopMs)
        : stopMs;
    if (least > report.longest.stopMs) report.longest = { stopMs: least, index, octets: input.length };
    const reason = fault ?? (least > blockedMsMax ? tooLong : undefined);
    if (reason !== undefined && !findings.some((known) => known.target === target.name && known.reason === reason))
      findings.push({ target: target.name, reason, index, input: await smallestWith(target, input, reason) });
    await setImmediate();
  }
  return { targets: reports, findings, rssGrowthBytes: process.memoryUsage.rss() - rssWarm };
}

const tooLong = "blocks the event loop for too long";

async function timed(target: Target, input: string): Promise<Cost & { fault: string | undefined }> {
  let fault: string | undefined;
  const cost = await costOf(async () => (fault = await faultOf(target, input)));
  return { ...cost, fault };
}

/** The shortest stop of this one and five more, and of fifty more as long as it is over `max`: what is slow stays so. */
export async function leastStopMs(target: Target, input: string, max: number, stopMs = Infinity): Promise<number> {
  let least = stopMs;
  for (let round = 0; round < 5 || (least > max && round < 50); round++)
    least = Math.min(least, (await timed(target, input)).stopMs);
  return least;
}

const smallestWith = (target: Target, input: string, reason: string): Promise<string> =>
  reason === tooLong
    ? Promise.resolve(input)
    : minimise(input, async (candidate) => (await faultOf(target, candidate)) === reason);
