import { expect, test } from "vitest";
import { parseFixture } from "../../engine/resolver/fixture.ts";
import { askedOnce, spfOnce } from "./asked-once.ts";

test("a name is asked for once, and only so many names at all", async () => {
  const asked: string[] = [];
  const resolveTxt = askedOnce((name) => {
    asked.push(name);
    return Promise.resolve([[name]]);
  });
  for (let at = 0; at < 500; at++) await resolveTxt(`${at % 250}.example`).catch(() => undefined);
  expect(asked).toHaveLength(200);
  await expect(resolveTxt("249.example")).rejects.toMatchObject({ code: "ECANCELLED" });
  await expect(resolveTxt("1.example")).resolves.toEqual([["1.example"]]);
});

test("SPF of one client and sender is checked once, and only for so many", async () => {
  const zone = parseFixture(JSON.stringify({ "esp.example": { TXT: ["v=spf1 ip4:192.0.2.1 -all"] } }));
  if (!zone.ok) throw new Error(zone.problem);
  let asked = 0;
  const lookup = {
    lookup: (...question: Parameters<typeof zone.value.lookup>) => (asked++, zone.value.lookup(...question)),
  };
  const check = spfOnce({ ...zone.value, ...lookup });
  expect(await check({ ip: "192.0.2.1", mailFrom: "a@esp.example" })).toMatchObject({ result: "pass" });
  const once = asked;
  expect(await check({ ip: "192.0.2.1", mailFrom: "b@ESP.example" })).toMatchObject({ result: "pass" });
  expect(asked).toBe(once);
  for (let at = 0; at < 19; at++)
    expect(await check({ ip: `192.0.2.${at + 2}`, mailFrom: "a@esp.example" })).toMatchObject({ result: "fail" });
  expect(await check({ ip: "192.0.2.99", mailFrom: "a@esp.example" })).toBeUndefined();
});
