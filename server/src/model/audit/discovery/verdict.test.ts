import { expect, test } from "vitest";
import { chainTo, evidence, keyName, keys, selector } from "../checks/chain/test-evidence.ts";
import type { AuditEvidence } from "../evidence.ts";
import { discoveryVerdict } from "./verdict.ts";

const wildcard = chainTo("v=spf1 -all");

test.each<[seen: Partial<AuditEvidence>, verdict: string]>([
  [
    { selectors: [], discovery: { domainkeyNode: "nxdomain", namesTried: 0 } },
    "_domainkey.example.com does not exist, so example.com has no selector at all (RFC 8020)",
  ],
  [
    { dns: "network", selectors: [], discovery: { domainkeyNode: "exists", namesTried: 80 } },
    "It is not known which selectors there are: _domainkey.example.com exists, so there is a selector or there was one, and none of 80 names that were tried is one",
  ],
  [
    { selectors: [], discovery: { domainkeyNode: "unknown", namesTried: 80 } },
    "It is not known which selectors there are: DNS gave no answer that says anything of _domainkey.example.com",
  ],
  [
    {
      selectors: [selector({ aliases: [], finalName: keyName, outcome: "unknown", reason: "timeout" })],
      discovery: { domainkeyNode: "unknown", namesTried: 0 },
    },
    "It is not known which selectors there are: DNS gave no answer that says anything of _domainkey.example.com",
  ],
  [
    { selectors: [], discovery: { domainkeyNode: "exists", namesTried: 80, wildcard } },
    "It is not known which selectors there are: a wildcard answers for every name below _domainkey.example.com",
  ],
  [
    { dns: "network", selectors: [selector(chainTo(keys.now.text))] },
    "One selector was found; there may be others, since DNS lists no names",
  ],
  [{ selectors: [selector(chainTo(keys.now.text))] }, "One selector was found in the file"],
])("$1", (seen, verdict) => {
  expect(discoveryVerdict(evidence(seen))).toBe(verdict);
});
