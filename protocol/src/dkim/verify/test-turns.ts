/** For tests: how often others had their turn while this ran. */
export async function turnsOf(run: () => Promise<unknown>): Promise<number> {
  let turns = 0;
  let immediate = setImmediate(function others() {
    turns++;
    immediate = setImmediate(others);
  });
  await run();
  clearImmediate(immediate);
  return turns;
}
