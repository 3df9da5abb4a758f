import { expect, test } from "vitest";
import { exposureOf, type InPublic } from "./exposure.ts";
import { catalogueOf, entry } from "./test-catalogue.ts";

const catalogue = catalogueOf(
  entry("sender", {
    targets: [{ pattern: "*.sender.example", example: "a.sender.example" }],
    keyHosts: ["sender.example"],
    signsAs: ["sender.example"],
    spfIncludes: ["spf.sender.example"],
    mailFrom: [{ type: "CNAME", target: "bounce.sender.example" }],
    nameServers: ["ns[12].sender.example"],
  }),
);
const nothing: InPublic = {
  chains: [],
  nameServers: [],
  spfIncludes: [],
  mailFrom: [],
  signingDomains: [],
  returnPaths: [],
};
const keyName = "s1._domainkey.example.com";
const chain = (target: string): InPublic["chains"][number] => ({
  selector: "s1",
  keyName,
  chain: {
    aliases: [{ name: keyName, target, ttlSeconds: 60 }],
    finalName: target,
    outcome: "absent",
    reason: "nodata",
  },
});

test.each<[string, Partial<InPublic>, string[]]>([
  ["an alias", { chains: [chain("k.sender.example")] }, [`anyone alias ${keyName} k.sender.example`]],
  [
    "the same alias twice is told once",
    { chains: [chain("k.sender.example"), chain("k.sender.example")] },
    [`anyone alias ${keyName} k.sender.example`],
  ],
  ["an alias into one's own zone gives nobody away", { chains: [chain("k.example.net")] }, []],
  [
    "a name server",
    { nameServers: [{ name: "mail.example.com", server: "ns1.sender.example" }] },
    ["anyone name server mail.example.com ns1.sender.example"],
  ],
  [
    "an SPF include",
    { spfIncludes: ["spf.sender.example", "spf.example.net"] },
    ["anyone SPF record include:spf.sender.example spf.sender.example"],
  ],
  [
    "a name for bounces",
    { mailFrom: [{ label: "em1", type: "CNAME", target: "bounce.sender.example" }] },
    ["anyone bounce address em1 bounce.sender.example"],
  ],
  [
    "a signature of its own",
    {
      signingDomains: [
        { domain: "sender.example", at: "a.eml" },
        { domain: "example.com", at: "a.eml" },
      ],
    },
    ["recipients signature a.eml d=sender.example"],
  ],
  [
    "its bounce domain in Return-Path",
    { returnPaths: [{ domain: "x.sender.example", at: "a.eml" }] },
    ["recipients Return-Path a.eml x.sender.example"],
  ],
])("%s", (_, seen, expected) => {
  expect(
    exposureOf(catalogue, { ...nothing, ...seen }).map(({ to, where, at, shows }) => `${to} ${where} ${at} ${shows}`),
  ).toEqual(expected);
});
