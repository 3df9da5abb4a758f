import { expect, test } from "vitest";
import { soaTimerProblems } from "./soa-timers.ts";

const day = 86_400;
const sane = { refresh: 3600, retry: 600, expire: 14 * day, minimum: 300 };

test.each<[string, Partial<typeof sane>, string[]]>([
  ["the least that is sane", {}, []],
  ["the most that is sane", { refresh: day, retry: day - 1, expire: 90 * day, minimum: 3600 }, []],
  ["a refresh under an hour", { refresh: 3599 }, ["refresh"]],
  ["a refresh over a day", { refresh: day + 1 }, ["refresh"]],
  ["a retry as long as the refresh", { retry: 3600 }, ["retry"]],
  ["an expire under two weeks", { expire: 14 * day - 1 }, ["expire"]],
  ["a minimum under five minutes", { minimum: 299 }, ["minimum"]],
  ["a minimum over an hour", { minimum: 3601 }, ["minimum"]],
  [
    "all of these",
    { refresh: 60, retry: 60, expire: 60, minimum: 0 },
    ["refresh", "retry", "expire", "expire", "minimum"],
  ],
])("DNS-D-29 %s", (_, change, timers) => {
  expect(soaTimerProblems({ ...sane, ...change }).map(({ timer }) => timer)).toEqual(timers);
});
