/** In milliseconds: the whole time, and the longest in which nobody else had a turn. */
export type Cost = { ms: number; stopMs: number };

/** Some systems count the CPU time of a thread in steps of this. */
const cpuStepMs = 4;

/** A moment, by the clock and by the CPU time that this thread has had. */
type Moment = { clockMs: number; cpuMs: number };

function moment(): Moment {
  const { user, system } = process.threadCpuUsage();
  return { clockMs: performance.now(), cpuMs: (user + system) / 1000 };
}

/** What lies between, without most of what a busy machine did meanwhile. */
const between = (from: Moment, to: Moment): number =>
  Math.min(to.clockMs - from.clockMs, to.cpuMs - from.cpuMs + cpuStepMs);

/** What it costs to run this. Other work of the machine only ever adds: the least of several is what it really costs. */
export async function costOf(run: () => unknown): Promise<Cost> {
  const started = moment();
  let [last, stopMs] = [started, 0];
  const turn = (): void => {
    const now = moment();
    stopMs = Math.max(stopMs, between(last, now));
    last = now;
    others = setImmediate(turn);
  };
  let others = setImmediate(turn);
  await run();
  clearImmediate(others);
  const ended = moment();
  return { ms: between(started, ended), stopMs: Math.max(stopMs, between(last, ended)) };
}
