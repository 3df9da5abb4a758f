import { buildZone, parseZoneFile, type Zone } from "chancery/dns";
import { expect, test } from "vitest";
import { SecondaryContact, shortestExpire } from "./contact.ts";

const day = 86_400;
const zone = (origin: string, expire: number): Zone => {
  const records = parseZoneFile(`@ 60 SOA ns h 1 7200 900 ${expire} 300\n@ 60 NS ns\nns 60 A 192.0.2.1`, { origin });
  const built = buildZone(origin, records.ok ? records.value : expect.fail(records.problem));
  return built.ok ? built.value : expect.fail(built.problem);
};

test("F-25 a secondary that has not asked for a quarter of the shortest expire is an alarm, until it asks again", () => {
  const contact = new SecondaryContact(["ns2", "ns3"], 0);
  const expire = shortestExpire([zone("a.example", 28 * day), zone("b.example", 14 * day)]);
  contact.asked("ns3", 2 * day);
  expect(contact.lost(3.5 * day - 1, expire)).toEqual([]);
  expect(contact.lost(3.5 * day, expire)).toEqual([
    { secondary: "ns2", silentSeconds: 3.5 * day, expiresInSeconds: 10.5 * day },
  ]);
  contact.asked("ns2", 3.5 * day);
  expect(contact.lost(3.5 * day, expire)).toEqual([]);
  expect(contact.lost(20 * day, expire).map(({ expiresInSeconds }) => expiresInSeconds)).toEqual([0, 0]);
});

test("without a zone nothing can expire", () => {
  expect(new SecondaryContact(["ns2"], 0).lost(1000 * day, shortestExpire([]))).toEqual([]);
});
