import { expect, test } from "vitest";
import { soaTimerProblems } from "./soa-timers.ts";

const sane = { refresh: 3600, retry: 600, expire: 1_209_600, minimum: 300 };

test.each([
  ["sane ones", {}, []],
  ["a refresh of a day, and a minimum of an hour", { refresh: 86_400, minimum: 3600 }, []],
  ["refresh under an hour", { refresh: 3599 }, ["refresh"]],
  ["refresh over a day", { refresh: 86_401 }, ["refresh"]],
  ["retry not below refresh", { retry: 3600 }, ["retry"]],
  ["expire under two weeks", { expire: 1_209_599 }, ["expire"]],
  ["expire below refresh and retry", { expire: 4000 }, ["expire", "expire"]],
  ["minimum under five minutes", { minimum: 299 }, ["minimum"]],
  ["minimum over an hour", { minimum: 3601 }, ["minimum"]],
])("DNS-D-29 SOA timers: %s", (_, timers, expected) => {
  expect(soaTimerProblems({ ...sane, ...timers }).map(({ timer }) => timer)).toEqual(expected);
});
