import { expect, test } from "vitest";
import { shareOf } from "./budget.ts";

test("R-51 a share of a budget ends with itself or with the whole, whichever comes first", () => {
  const whole = { queriesLeft: 10 };
  const [one, other] = [shareOf(whole, 4), shareOf(whole, 20)];
  one.queriesLeft -= 3;
  expect([one.queriesLeft, other.queriesLeft, whole.queriesLeft]).toEqual([1, 7, 7]);
  one.queriesLeft--;
  expect(one.queriesLeft).toBe(0);
  other.queriesLeft -= 6;
  expect([one.queriesLeft, other.queriesLeft, whole.queriesLeft]).toEqual([0, 0, 0]);
});
