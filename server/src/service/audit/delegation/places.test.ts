import { expect, test } from "vitest";
import { parseFixture } from "../../../engine/resolver/fixture.ts";
import type { Lookup } from "../../../engine/resolver/resolution.ts";
import type { TracedChain } from "../../../model/traced-chain.ts";
import { gatherPlaces } from "./places.ts";

const soa = (name: string) => ({
  SOA: [`ns1.${name} h.${name} 1 2 3 4 5`],
  NS: [`ns1.${name}`, "ns2.dns-host.example"],
});
const fixture = parseFixture(
  JSON.stringify({
    "customer.example": soa("customer.example"),
    "s1._domainkey.customer.example": { CNAME: "s1.dkim.esp.example" },
    "esp.example": soa("esp.example"),
    "s1.dkim.esp.example": { TXT: ["v=DKIM1; p=abc"] },
  }),
);
if (!fixture.ok) throw new Error(fixture.problem);
const dns = fixture.value;

const chainFrom = (selector: string): TracedChain => ({
  aliases: [{ name: `${selector}._domainkey.customer.example`, target: "s1.dkim.esp.example", ttlSeconds: 1 }],
  finalName: "s1.dkim.esp.example",
  outcome: "present",
  texts: [],
});

test("each name of a chain has its zone, the zone's servers and the domain it was registered under", async () => {
  const hosted = { name: "ns2.dns-host.example", registrableDomain: "dns-host.example" };
  expect(await gatherPlaces(dns, [chainFrom("s1")])).toEqual([
    {
      name: "s1._domainkey.customer.example",
      zone: "customer.example",
      registrableDomain: "customer.example",
      nameServers: [{ name: "ns1.customer.example", registrableDomain: "customer.example" }, hosted],
    },
    {
      name: "s1.dkim.esp.example",
      zone: "esp.example",
      registrableDomain: "esp.example",
      nameServers: [{ name: "ns1.esp.example", registrableDomain: "esp.example" }, hosted],
    },
  ]);
});

test("zones are asked once, however many names are in them", async () => {
  let asked = 0;
  const counting: Lookup = { lookup: (name, type) => (asked++, dns.lookup(name, type)) };
  await gatherPlaces(counting, ["s1", "s2", "s3", "s4"].map(chainFrom));
  // Two parents and two zones.
  expect(asked).toBe(4);
});

test("where DNS does not answer the zone is not known", async () => {
  const broken = parseFixture(JSON.stringify({ "_domainkey.customer.example": { error: "SERVFAIL" } }));
  if (!broken.ok) throw new Error(broken.problem);
  const [place] = await gatherPlaces(broken.value, [chainFrom("s1")]);
  expect(place).toEqual({
    name: "s1._domainkey.customer.example",
    registrableDomain: "customer.example",
    nameServers: [],
  });
});
