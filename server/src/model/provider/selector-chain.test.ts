import { generateKeyPairSync } from "node:crypto";
import { formatKeyRecord } from "chancery/dkim";
import { expect, test } from "vitest";
import type { TracedChain } from "../traced-chain.ts";
import { fellowsToLookFor, idleSelectors, missingAliases, type SelectorChain } from "./selector-chain.ts";
import { catalogueOf, entry } from "./test-catalogue.ts";

const pair = (id: string, host: string, members: object) =>
  entry(id, {
    targets: [{ pattern: `k[12].${host}`, example: `k1.${host}` }],
    aliasSets: [["k1", "k2"]],
    ...members,
  });
const catalogue = catalogueOf(
  pair("quiet", "quiet.example", { standby: "no-record", aliasesRequired: "all" }),
  pair("revoking", "revoking.example", { standby: "revoked-key" }),
  pair("plain", "plain.example", {}),
);
const record = formatKeyRecord(generateKeyPairSync("ed25519").publicKey);

type End = "key" | "revoked" | "absent" | "unknown";
function seen(selector: string, end: End, target?: string): SelectorChain {
  const keyName = `${selector}._domainkey.example.com`;
  const aliases = target === undefined ? [] : [{ name: keyName, target, ttlSeconds: 60 }];
  const chain = { aliases, finalName: target ?? keyName };
  const texts = (text: string): TracedChain => ({ ...chain, outcome: "present", texts: [{ text, ttlSeconds: 60 }] });
  const ends: Record<End, TracedChain> = {
    key: texts(record),
    revoked: texts("v=DKIM1; p="),
    absent: { ...chain, outcome: "absent", reason: "nxdomain" },
    unknown: { ...chain, outcome: "unknown", reason: "servfail" },
  };
  return { selector, keyName, chain: ends[end] };
}
const at = (host: string, one: End, other: End): SelectorChain[] => [
  seen("k1", one, `k1.${host}`),
  seen("k2", other, `k2.${host}`),
];

test.each<[string, SelectorChain[], string[]]>([
  ["nothing behind the second alias while the first has a key", at("quiet.example", "key", "absent"), ["k2"]],
  ["nothing behind the first while the second has one", at("quiet.example", "absent", "key"), ["k1"]],
  ["nothing behind either is no rest", at("quiet.example", "absent", "absent"), []],
  ["nobody knows of the fellow: nothing is held against it", [seen("k2", "absent", "k2.quiet.example")], ["k2"]],
  ["the fellow could not be looked up", at("quiet.example", "unknown", "absent"), ["k2"]],
  ["the fellow's alias is not there", [seen("k1", "absent"), seen("k2", "absent", "k2.quiet.example")], []],
  ["a look-up that failed is not at rest", at("quiet.example", "key", "unknown"), []],
  ["a revoked key, where only an empty target is usual", at("quiet.example", "key", "revoked"), []],
  ["a revoked key, where that is usual", at("revoking.example", "key", "revoked"), ["k2"]],
  ["two revoked keys", at("revoking.example", "revoked", "revoked"), []],
  ["an empty target, where only a revoked key is usual", at("revoking.example", "key", "absent"), []],
  ["a provider of which that is not known", at("plain.example", "key", "absent"), []],
  ["somebody unknown", at("other.example", "key", "absent"), []],
  [
    "a selector of the name, with an alias elsewhere",
    [seen("k1", "key", "k1.quiet.example"), seen("k2", "absent", "k2.gone.example")],
    [],
  ],
])("at rest: %s", (_, selectors, idle) => {
  expect([...idleSelectors(catalogue, selectors).keys()]).toEqual(idle.map((name) => `${name}._domainkey.example.com`));
});

test.each<[string, SelectorChain[], string[]]>([
  [
    "the second is not there, and the provider needs both",
    [seen("k1", "key", "k1.quiet.example"), seen("k2", "absent")],
    ["k2"],
  ],
  ["nobody looked for the second", [seen("k1", "key", "k1.quiet.example")], []],
  ["the second could not be looked up", [seen("k1", "key", "k1.quiet.example"), seen("k2", "unknown")], []],
  ["the second has nothing behind it", at("quiet.example", "key", "absent"), []],
  ["a provider that may do with one", [seen("k1", "key", "k1.plain.example"), seen("k2", "absent")], []],
])("missing: %s", (_, selectors, missing) => {
  expect([...missingAliases(catalogue, selectors).keys()]).toEqual(
    missing.map((name) => `${name}._domainkey.example.com`),
  );
});

test("a fellow that nobody named is worth a look", () => {
  expect(fellowsToLookFor(catalogue, [seen("k1", "key", "k1.plain.example")])).toEqual(["k2"]);
  expect(fellowsToLookFor(catalogue, at("plain.example", "key", "key"))).toEqual([]);
  expect(fellowsToLookFor(catalogue, [seen("k1", "key", "k1.other.example")])).toEqual([]);
  expect(fellowsToLookFor(catalogue, [seen("k1", "key")])).toEqual([]);
});
