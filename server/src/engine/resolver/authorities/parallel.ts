/** So many servers are asked at once; each of them one question at a time. */
const serversAtOnce = 8;

/** Maps `items` in order, a few at a time: `atOnce`, absent means 8. */
export async function inParallel<T, R>(
  items: readonly T[],
  ask: (item: T) => Promise<R>,
  atOnce = serversAtOnce,
): Promise<R[]> {
  const results: R[] = [];
  const queue = items.entries();
  const worker = async (): Promise<void> => {
    for (const [index, item] of queue) results[index] = await ask(item);
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, worker));
  return results;
}
