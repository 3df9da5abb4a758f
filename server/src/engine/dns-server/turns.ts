/** So long pieces of work are done before the event loop looks at datagrams again. */
const turnMs = 2;

const waiting: (() => void)[] = [];

/**
 * Does a small piece of work for a TCP client when its turn comes: one piece of each client after the other, and however many clients there are,
 * datagrams wait for a few milliseconds at most.
 */
export function inTurn(work: () => void): void {
  if (waiting.push(work) === 1) setImmediate(takeTurn);
}

function takeTurn(): void {
  const until = performance.now() + turnMs;
  let done = 0;
  do waiting[done++]!();
  while (done < waiting.length && performance.now() < until);
  waiting.splice(0, done);
  if (waiting.length > 0) setImmediate(takeTurn);
}
