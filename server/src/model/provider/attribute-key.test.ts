import { expect, test } from "vitest";
import { attributeKey, type SeenKey } from "./attribute-key.ts";
import { catalogueOf, entry } from "./test-catalogue.ts";

const fingerprint = "ab".repeat(32);
const catalogue = catalogueOf(
  entry("shop", {
    targets: [{ pattern: "dkim[1-3].*.shop.example", example: "dkim1.a1.shop.example" }],
    mailFrom: [{ type: "CNAME", target: "mail.*.shop.example" }],
    runsOn: ["sender"],
  }),
  entry("sender", {
    targets: [{ pattern: "*.domainkey.u#.sender.example", example: "s1.domainkey.u1.sender.example" }],
    keyHosts: ["sender.example"],
    selectors: [{ pattern: "s[12]", common: true }],
  }),
  entry("tenant-of-sender", {
    targets: [{ pattern: "st.domainkey.u77.sender.example", example: "st.domainkey.u77.sender.example" }],
    runsOn: ["sender"],
  }),
  entry("cloud", { targets: [{ pattern: "[a-z0-9]{8}.dkim.cloud.example", example: "abcdefg1.dkim.cloud.example" }] }),
  entry("reseller", {
    selectors: [{ pattern: "resell", via: "txt" }],
    mailFrom: [{ label: "send", type: "MX", target: "feedback.*.cloud.example" }],
    runsOn: ["cloud"],
  }),
  entry("hosted", { nameServers: ["ns[12].hosted.example"] }),
  entry("pod", { sharedKeys: [{ fingerprint, selector: "m1", seen: "everywhere" }] }),
  entry("brand", { selectors: [{ pattern: "brand" }, { pattern: "odd" }] }),
  entry("other-brand", { selectors: [{ pattern: "odd" }], evidence: { confidence: "low", checked: "2026-01-31" } }),
  entry("rumour", {
    keyHosts: ["rumour.example"],
    evidence: { confidence: "low", checked: "2026-01-31" },
  }),
);

const cases: [string, SeenKey, string[]][] = [
  [
    "an alias of a known form",
    { selector: "x", targets: ["s1.domainkey.u1.sender.example"] },
    ["sender certain alias-target"],
  ],
  [
    "a name in its zone, of no known form",
    { selector: "x", targets: ["new.sender.example"] },
    ["sender likely key-host"],
  ],
  [
    "the first known owner is whom the customer sees; the chain names the next as well",
    { selector: "x", targets: ["dkim1.a1.shop.example", "s1.domainkey.u1.sender.example"] },
    ["shop certain alias-target", "sender certain alias-target"],
  ],
  [
    "a name of the customer's own and an unknown one between do not hide them",
    {
      selector: "x",
      targets: ["a.example.org", "dkim1.a1.shop.example", "b.example.org", "s1.domainkey.u1.sender.example"],
    },
    ["shop certain alias-target", "sender certain alias-target"],
  ],
  [
    "a product's own form in the sender's zone comes before the sender",
    { selector: "st", targets: ["st.domainkey.u77.sender.example"] },
    ["tenant-of-sender certain alias-target", "sender certain alias-target"],
  ],
  ["a name that only ends like it", { selector: "x", targets: ["s1.domainkey.u1.notsender.example"] }, []],
  ["a dot inside a label is no boundary", { selector: "x", targets: ["s1.evil\\.sender.example"] }, []],
  ["the name before its end", { selector: "x", targets: ["sender.example.evil.example"] }, []],
  [
    "the cloud alone, without a word on bounces",
    { selector: "x", targets: ["abcdefg1.dkim.cloud.example"] },
    ["cloud certain alias-target"],
  ],
  [
    "the reseller by its name for bounces",
    {
      selector: "abcdefg1",
      targets: ["abcdefg1.dkim.cloud.example"],
      mailFrom: [{ label: "send", type: "MX", target: "feedback.eu.cloud.example" }],
    },
    ["reseller likely mail-from", "cloud certain alias-target"],
  ],
  [
    "whoever is on the way by an alias is there by that, whatever its name for bounces",
    {
      selector: "x",
      targets: ["dkim1.a1.shop.example", "s1.domainkey.u1.sender.example"],
      mailFrom: [{ label: "mail", type: "CNAME", target: "mail.a1.shop.example" }],
    },
    ["shop certain alias-target", "sender certain alias-target"],
  ],
  [
    "another name for bounces names no reseller",
    {
      selector: "abcdefg1",
      targets: ["abcdefg1.dkim.cloud.example"],
      mailFrom: [{ label: "bounce", type: "MX", target: "feedback.eu.cloud.example" }],
    },
    ["cloud certain alias-target"],
  ],
  [
    "bounces of somebody who is not on the way name nobody",
    { selector: "x", targets: [], mailFrom: [{ label: "send", type: "MX", target: "feedback.eu.cloud.example" }] },
    [],
  ],
  ["a selector and nothing else", { selector: "brand", targets: [] }, ["brand weak selector"]],
  [
    "a selector behind an alias to somebody unknown",
    { selector: "brand", targets: ["a.example.org"] },
    ["brand weak selector"],
  ],
  ["a selector that two use", { selector: "odd", targets: [] }, []],
  ["a selector that everybody uses", { selector: "s1", targets: [] }, []],
  ["a selector that means it only with a key record", { selector: "resell", targets: ["a.example.org"] }, []],
  ["the same with a key record", { selector: "resell", targets: [] }, ["reseller weak selector"]],
  [
    "whose the selector looks like counts nothing beside whose the alias is",
    { selector: "brand", targets: ["new.sender.example"] },
    ["sender likely key-host"],
  ],
  [
    "a key that all customers have, at any selector",
    { selector: "brand", targets: [], fingerprint },
    ["pod certain key-fingerprint"],
  ],
  [
    "the name servers of the branch",
    { selector: "x", targets: [], nameServers: ["ns2.hosted.example"] },
    ["hosted certain name-server"],
  ],
  ["an entry that nobody could confirm", { selector: "x", targets: ["a.rumour.example"] }, ["rumour weak key-host"]],
];
test.each(cases)("%s", (_, seen, expected) => {
  const { visible, parties } = attributeKey(catalogue, seen);
  expect(parties.map(({ provider, certainty, by }) => `${provider.id} ${certainty} ${by}`)).toEqual(expected);
  expect(visible).toBe(parties[0]);
});
