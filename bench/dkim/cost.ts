// What one message costs, in CPU seconds: time on the wall says little on a machine that does other things beside it.

/** CPU seconds that this process, its threads included, has used since `start`. */
function used(start: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1e6;
}

/**
 * CPU seconds for one piece of work, with as many under way as a busy server has. Looked at after each `pieces` of them: to look
 * takes microseconds itself.
 */
export async function cpuSeconds(work: () => Promise<unknown>, seconds: number, pieces: number): Promise<number> {
  const start = process.cpuUsage();
  let count = 0;
  const lane = async (): Promise<void> => {
    do {
      for (let piece = 0; piece < pieces; piece++) await work();
      count += pieces;
    } while (used(start) < seconds);
  };
  await Promise.all(Array.from({ length: 8 }, lane));
  return used(start) / count;
}

/** Everything in turn, several times over; of each the median. What happens beside it so happens to all. */
export async function medians<Name extends string>(
  contenders: Readonly<Record<Name, () => Promise<number | undefined> | number | undefined>>,
  rounds: number,
): Promise<Record<Name, number | undefined>> {
  const costs = new Map<Name, number[]>();
  for (let round = 0; round < rounds; round++) {
    for (const name of Object.keys(contenders) as Name[]) {
      const cost = await contenders[name]();
      if (cost !== undefined) costs.set(name, [...(costs.get(name) ?? []), cost]);
    }
  }
  const entries = (Object.keys(contenders) as Name[]).map((name) => {
    const values = costs.get(name);
    return [name, values && medianOf(values, (value) => value)] as const;
  });
  return Object.fromEntries(entries) as Record<Name, number | undefined>;
}

export function medianOf<T>(items: readonly T[], figure: (item: T) => number): number {
  return items.map(figure).sort((one, other) => one - other)[items.length >> 1]!;
}
