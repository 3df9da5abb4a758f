import { describe, expect, test } from "vitest";
import { custodyLines, custodyOf } from "./custody.ts";
import type { NamePlace } from "./name-place.ts";
import type { SelectorChain } from "./selector-chain.ts";
import { catalogueOf, entry } from "./test-catalogue.ts";

const fingerprint = "cd".repeat(32);
const catalogue = catalogueOf(
  entry("shop", { targets: [{ pattern: "*.shop.example", example: "a.shop.example" }] }),
  entry("sender", {
    targets: [{ pattern: "*.sender.example", example: "a.sender.example" }],
    key: { scope: "all-customers", rotation: "provider" },
  }),
  entry("pod", {
    sharedKeys: [{ fingerprint, selector: "m1", seen: "everywhere" }],
    key: { scope: "all-customers", rotation: "not-known" },
  }),
  entry("hosted", { nameServers: ["ns[12].hosted.example"] }),
  entry("brand", { selectors: [{ pattern: "brand" }] }),
);
function seen(selector: string, ...targets: string[]): SelectorChain {
  const keyName = `${selector}._domainkey.example.com`;
  const names = [keyName, ...targets];
  const aliases = targets.map((target, index) => ({ name: names[index] ?? "", target, ttlSeconds: 60 }));
  return { selector, keyName, chain: { aliases, finalName: names.at(-1) ?? "", outcome: "absent", reason: "nodata" } };
}
const holders = (one: SelectorChain, key?: string, nameServers?: string[]): string[] => {
  const { names, privateKey } = custodyOf(catalogue, one, { fingerprint: key, nameServers });
  return [...names.map(({ holder }) => holder), privateKey].map((holder) =>
    holder.who === "provider" ? holder.id : holder.who,
  );
};

test.each<[string, SelectorChain, string[]]>([
  ["an alias to a provider", seen("s1", "k.sender.example"), ["domain-owner", "sender", "sender"]],
  [
    "a product in front: the one at the end has the key",
    seen("s1", "k.shop.example", "k.sender.example"),
    ["domain-owner", "shop", "sender", "sender"],
  ],
  [
    "a name of one's own between",
    seen("s1", "dkim.example.com", "k.sender.example"),
    ["domain-owner", "domain-owner", "sender", "sender"],
  ],
  ["somebody unknown", seen("s1", "k.example.net"), ["domain-owner", "unknown", "unknown"]],
  [
    "somebody unknown behind somebody known",
    seen("s1", "k.shop.example", "k.example.net"),
    ["domain-owner", "shop", "unknown", "unknown"],
  ],
  ["a record of one's own says nothing of the private key", seen("s1"), ["domain-owner", "unknown"]],
  ["nor does the name of the selector", seen("brand"), ["domain-owner", "unknown"]],
  [
    "a domain that only ends alike is not one's own",
    seen("s1", "k.notexample.com"),
    ["domain-owner", "unknown", "unknown"],
  ],
])("%s", (_, one, expected) => expect(holders(one)).toEqual(expected));

test("a key that everybody has names who holds it", () => {
  expect(holders(seen("s1"), fingerprint)).toEqual(["domain-owner", "pod"]);
});

test("a branch that is handed over is in the hands of who serves it", () => {
  expect(holders(seen("s1", "k.sender.example"), undefined, ["ns1.hosted.example"])).toEqual([
    "hosted",
    "sender",
    "sender",
  ]);
  expect(holders(seen("s1", "k.sender.example"), undefined, ["ns1.example.net"])).toEqual([
    "domain-owner",
    "sender",
    "sender",
  ]);
});

test("as sentences", () => {
  expect(custodyLines(custodyOf(catalogue, seen("s1", "k.example.net", "k.sender.example")))).toEqual([
    "s1._domainkey.example.com: in your own DNS; you may change it",
    "k.example.net: in somebody else's DNS, who may change it",
    "k.sender.example: in the DNS of SENDER, who may change it",
    "private key: held by SENDER, the same for all of its customers",
  ]);
  expect(custodyLines(custodyOf(catalogue, seen("s1"))).at(-1)).toBe("private key: nothing here says who holds it");
});

describe("with what DNS says of the places", () => {
  const own = (zone: string, server: string): NamePlace => ({
    name: "s1._domainkey.example.com",
    zone,
    registrableDomain: "example.com",
    nameServers: [{ name: `ns1.${server}`, registrableDomain: server }],
  });
  const at = (name: string, registrableDomain: string): NamePlace => ({
    name,
    zone: registrableDomain,
    registrableDomain,
    nameServers: [{ name: `ns1.${registrableDomain}`, registrableDomain }],
  });
  const hosted = own("example.com", "dns-host.example");

  test.each<[title: string, one: SelectorChain, places: NamePlace[], lines: string[]]>([
    [
      "who runs the name servers may change what they say",
      seen("s1"),
      [hosted],
      [
        "s1._domainkey.example.com: in your own DNS (zone example.com); you may change it, and so may who runs its name servers (dns-host.example)",
        "private key: nothing here says who holds it",
      ],
    ],
    [
      "a domain that the catalogue does not know",
      seen("s1", "k.example.net"),
      [hosted, at("k.example.net", "example.net")],
      [
        "k.example.net: in the DNS of example.net (zone example.net); whoever runs that may change it",
        "private key: held, it seems, by whoever runs example.net",
      ],
    ],
    [
      "a branch handed to name servers that the catalogue does not know",
      seen("s1"),
      [own("_domainkey.example.com", "host.example")],
      [
        "s1._domainkey.example.com: yours, delegated (zone _domainkey.example.com) to the name servers of host.example; whoever runs them may change it",
        "private key: held, it seems, by whoever runs the name servers of host.example",
      ],
    ],
    [
      "a branch handed to a provider's",
      seen("s1"),
      [own("_domainkey.example.com", "branches.example")],
      [
        "s1._domainkey.example.com: in the DNS of BRANCHES (zone _domainkey.example.com), who may change it",
        "private key: held by BRANCHES",
      ],
    ],
    [
      "a branch on one's own servers",
      seen("s1"),
      [own("_domainkey.example.com", "example.com")],
      [
        "s1._domainkey.example.com: in your own DNS (zone _domainkey.example.com); you may change it",
        "private key: nothing here says who holds it",
      ],
    ],
  ])("%s", (_, one, places, lines) => {
    const branches = entry("branches", { modes: ["ns"], nameServers: ["ns#.branches.example"] });
    expect(custodyLines(custodyOf(catalogueOf(branches), one, { places })).slice(-2)).toEqual(lines);
  });

  test("the organisation's other names are one's own", () => {
    const one: SelectorChain = { ...seen("s1", "dkim.example.com"), keyName: "s1._domainkey.mail.example.com" };
    const { names } = custodyOf(catalogue, one, { places: [at("dkim.example.com", "example.com")] });
    expect(names.at(-1)?.holder).toEqual({ who: "domain-owner" });
  });
});
