import { expect, test } from "vitest";
import { inTurn } from "./turns.ts";

/** Work that takes a while. */
function busy(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}

test("F-28 however much work waits, the event loop turns to others in between; nobody's is left out", async () => {
  let others = 0;
  const done: number[] = [];
  const count = 20;
  await new Promise<void>((allDone) => {
    const turnOfOthers = (): void => {
      others++;
      if (done.length < count) setImmediate(turnOfOthers);
    };
    setImmediate(turnOfOthers);
    for (let piece = 0; piece < count; piece++)
      inTurn(() => {
        busy(3);
        if (done.push(piece) === count) allDone();
      });
  });
  expect(done).toEqual(Array.from({ length: count }, (_, piece) => piece));
  expect(others).toBeGreaterThanOrEqual(count - 1);
});

test("work that asks for more work goes to the end of the line", async () => {
  const done: string[] = [];
  await new Promise<void>((allDone) => {
    inTurn(() => {
      done.push("one");
      inTurn(() => {
        done.push("one again");
        allDone();
      });
    });
    inTurn(() => done.push("two"));
  });
  expect(done).toEqual(["one", "two", "one again"]);
});
