import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { type Catalogue, parseCatalogue } from "../provider/catalogue.ts";
import type { TracedChain } from "../trace.ts";
import { chainControl, type DnsOwner, type NamePlace } from "./alias-control.ts";

function catalogueOf(id: string): Catalogue {
  const text = readFileSync(new URL(`../../../../catalogue/providers/${id}.json`, import.meta.url), "utf8");
  const parsed = parseCatalogue({ version: "2026.11.1", files: [{ file: `${id}.json`, text }] });
  if (!parsed.ok) throw new Error(parsed.problem);
  return parsed.value;
}
const catalogue = catalogueOf("sendgrid");

const keyName = "s1._domainkey.customer.example";
const own: NamePlace = {
  name: keyName,
  zone: "customer.example",
  registrableDomain: "customer.example",
  nameServers: [{ name: "ns1.dns-host.example", registrableDomain: "dns-host.example" }],
};
const branch: NamePlace = {
  ...own,
  zone: "_domainkey.customer.example",
  nameServers: [{ name: "ns1.esp.example", registrableDomain: "esp.example" }],
};
const elsewhere = (name: string, registrableDomain: string): NamePlace => ({
  name,
  zone: registrableDomain,
  registrableDomain,
  nameServers: [{ name: `ns1.${registrableDomain}`, registrableDomain }],
});

const texts = [{ text: "v=DKIM1; p=abc", ttlSeconds: 300 }];
const chain = (...targets: string[]): TracedChain => {
  const names = [keyName, ...targets];
  return {
    aliases: targets.map((target, index) => ({ name: names[index]!, target, ttlSeconds: 300 })),
    finalName: names.at(-1)!,
    outcome: "present",
    texts,
  };
};
const control = (seen: TracedChain, places: NamePlace[]) =>
  chainControl({ domain: "customer.example", selector: "s1", chain: seen, places, catalogue });

const sendgrid = "s1.domainkey.u1234567.wl123.sendgrid.net";

test("each alias says whose DNS it is, who may change it, and the key who holds its private half", () => {
  expect(control(chain(sendgrid), [own, elsewhere(sendgrid, "sendgrid.net")])).toEqual({
    names: [
      {
        name: keyName,
        target: sendgrid,
        zone: "customer.example",
        owner: { who: "you" },
        servedBy: ["dns-host.example"],
        mayChange: "whoever may edit your zone customer.example, and whoever runs its name servers (dns-host.example)",
      },
      {
        name: sendgrid,
        zone: "sendgrid.net",
        owner: { who: "provider", id: "sendgrid", name: "Twilio SendGrid", certainty: "certain" },
        servedBy: ["sendgrid.net"],
        mayChange: "Twilio SendGrid, without asking you",
      },
    ],
    privateKey: {
      holder: "Twilio SendGrid",
      certainty: "certain",
      why: expect.stringContaining(`by the alias to ${sendgrid}`) as string,
    },
  });
});

describe("whose the name at the end is, and who holds the key", () => {
  const target = "s1.dkim.esp.example";
  test.each<[title: string, seen: TracedChain, places: NamePlace[], owner: DnsOwner, holder: string]>([
    ["a record in the own zone", chain(), [own], { who: "you" }, "whoever made the key that you published"],
    [
      "a branch handed to a provider's servers",
      chain(),
      [branch],
      { who: "delegated", to: "esp.example" },
      "esp.example",
    ],
    [
      "a branch on the owner's servers",
      chain(),
      [
        {
          ...own,
          zone: branch.zone!,
          nameServers: [{ name: "ns.customer.example", registrableDomain: "customer.example" }],
        },
      ],
      { who: "you" },
      "whoever made the key that you published",
    ],
    [
      "a provider that nobody knows",
      chain(target),
      [own, elsewhere(target, "esp.example")],
      { who: "other", registrableDomain: "esp.example" },
      "whoever runs esp.example",
    ],
    ["a place that DNS did not tell", chain("a.b.invalid"), [own], { who: "not known" }, "not known"],
    [
      "another name of the owner's",
      chain("k._domainkey.mail.customer.example"),
      [own],
      { who: "you" },
      "whoever made the key that you published",
    ],
  ])("%s", (_title, seen, places, owner, holder) => {
    const { names, privateKey } = control(seen, places);
    expect([names.at(-1)?.owner, privateKey.holder]).toEqual([owner, holder]);
  });

  test("where there is no key nobody holds one", () => {
    const missing: TracedChain = { ...chain(sendgrid), outcome: "absent", reason: "nxdomain" };
    expect(control(missing, [own]).privateKey).toMatchObject({ holder: "nobody", certainty: "none" });
  });

  test("a name that only ends in the letters of a provider's is not its", () => {
    const other = "s1.domainkey.u1.notsendgrid.net";
    expect(control(chain(other), [own, elsewhere(other, "notsendgrid.net")]).names.at(-1)?.owner).toEqual({
      who: "other",
      registrableDomain: "notsendgrid.net",
    });
  });
});
