/** How many smaller inputs are tried at most: each costs a run. */
const triesMax = 5000;

/**
 * A smaller input that still fails in the same way: pieces are cut out, halves first, then quarters, down to single octets,
 * until nothing more can go.
 */
export async function minimise(input: string, fails: (candidate: string) => Promise<boolean>): Promise<string> {
  let smallest = input;
  let tries = 0;
  for (let piece = Math.ceil(smallest.length / 2); piece >= 1; piece = piece === 1 ? 0 : Math.ceil(piece / 2)) {
    for (let again = true; again;) {
      again = false;
      for (let at = 0; at < smallest.length && tries < triesMax; tries++) {
        const candidate = smallest.slice(0, at) + smallest.slice(at + piece);
        if (await fails(candidate)) {
          smallest = candidate;
          again = piece === 1;
        } else at += piece;
      }
    }
  }
  return smallest;
}
