import { expect, test } from "vitest";
import type { KeyFact, KeyFinding } from "./key-fact.ts";
import { longestTtlSeconds, rememberedSeconds } from "./record-ttl.ts";

const facts = (...findings: KeyFinding[]): { facts: KeyFact[] } => ({
  facts: findings.map((finding, index) => ({ ...finding, at: index, trustedMs: index * 1000 })),
});
const publishing: KeyFinding = {
  kind: "publishing",
  evidence: { zone: "our.example", serial: 1, recordTtlSeconds: 300 },
};
const confirmed = (positiveTtlSeconds: number): KeyFinding => ({
  kind: "confirmed",
  evidence: {
    seenTrustedMs: 0,
    waitSeconds: 0,
    history: "new",
    steps: [{ zone: "customer.example", positiveTtlSeconds }],
    resolverSlackSeconds: 60,
    addresses: [],
  },
});
const lengthened = (positiveTtlSeconds: number): KeyFinding => ({
  kind: "lengthened",
  evidence: { waitSeconds: 0, steps: [{ zone: "customer.example", positiveTtlSeconds }] },
});

test.each([
  ["nothing was published", facts(), 0, 0],
  ["it was published, and never seen", facts(publishing), 300, 300],
  ["the way to it lives longer", facts(publishing, confirmed(3600)), 3600, 3660],
  ["a TTL on the way grew after it was seen", facts(publishing, confirmed(3600), lengthened(7200)), 7200, 7260],
  ["it was confirmed anew, with less", facts(publishing, confirmed(7200), confirmed(600)), 600, 660],
])("where %s, caches know the way to a key for as long", (_case, key, longest, remembered) => {
  expect([longestTtlSeconds(key), rememberedSeconds(key)]).toEqual([longest, remembered]);
});
