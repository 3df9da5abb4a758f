/** In milliseconds: the whole time, and the longest in which nobody else had a turn. */
export type Cost = { ms: number; stopMs: number };

/** What it costs to run this. The machine's other work is included, so the least of several is what it really costs. */
export async function costOf(run: () => unknown): Promise<Cost> {
  const started = performance.now();
  let [turnMs, stopMs] = [started, 0];
  const turn = (): void => {
    stopMs = Math.max(stopMs, performance.now() - turnMs);
    turnMs = performance.now();
    others = setImmediate(turn);
  };
  let others = setImmediate(turn);
  await run();
  clearImmediate(others);
  const ended = performance.now();
  return { ms: ended - started, stopMs: Math.max(stopMs, ended - turnMs) };
}
