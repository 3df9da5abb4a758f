import { expect, test } from "vitest";
import { TYPE } from "chancery/dns";
import type { Lookup, Resolution } from "../../../engine/resolver/resolution.ts";
import type { AuthoritiesEvidence } from "../../../model/audit/evidence/delegation.ts";
import type { TracedChain } from "../../../model/traced-chain.ts";
import { gatherRegistrations } from "./registrations.ts";

const keyName = "s1._domainkey.customer.example";
const target = "s1.dkim.gone.example";
const dangling: TracedChain = {
  aliases: [{ name: keyName, target, ttlSeconds: 300 }],
  finalName: target,
  outcome: "absent",
  reason: "nxdomain",
};
const common = {
  question: { name: "", type: TYPE.NS },
  aliases: [],
  finalName: "",
  records: [],
  zones: [],
  exchanges: [],
};
const saying = (
  end:
    | Pick<Resolution & { outcome: "absent" }, "outcome" | "reason">
    | { outcome: "present" }
    | { outcome: "unknown"; reason: "timeout" },
): Lookup => ({
  lookup: () => Promise.resolve({ ...common, ...end }),
});
const nxdomain = saying({ outcome: "absent", reason: "nxdomain" });
const nodata = saying({ outcome: "absent", reason: "nodata" });
const there = saying({ outcome: "present" });
const silent = saying({ outcome: "unknown", reason: "timeout" });

test.each<[title: string, lookups: Lookup[], registration: string]>([
  ["everybody says that there is no such domain", [nxdomain, nxdomain], "does-not-exist"],
  ["one says so and another keeps silent", [silent, nxdomain], "does-not-exist"],
  ["one says so, a filter perhaps, and another sees the domain", [nxdomain, there], "exists"],
  ["a domain without name servers of its own", [nodata], "exists"],
  ["AUD-D-14 nobody answers", [silent, silent], "unknown"],
  ["nobody is asked", [], "unknown"],
])("AUD-D-10 %s", async (_title, lookups, registration) => {
  const selectors = [{ chain: dangling }];
  expect(await gatherRegistrations({ domain: "customer.example", selectors, lookups })).toEqual([
    { name: target, role: "alias target", reliedOnBy: keyName, registrableDomain: "gone.example", registration },
  ]);
});

test.each<[title: string, domain: string, chain: TracedChain]>([
  ["a target that is there", "customer.example", { ...dangling, outcome: "present", texts: [] }],
  ["a target that has no text", "customer.example", { ...dangling, outcome: "absent", reason: "nodata" }],
  ["a target of which nothing is known", "customer.example", { ...dangling, outcome: "unknown", reason: "servfail" }],
  ["a missing name without an alias", "customer.example", { ...dangling, aliases: [] }],
  ["a target in the domain itself", "mail.gone.example", dangling],
])("AUD-D-10 not looked into: %s", async (_title, domain, chain) => {
  expect(await gatherRegistrations({ domain, selectors: [{ chain }], lookups: [nxdomain] })).toEqual([]);
});

test("AUD-D-10 a name server that does not exist is looked into, with glue it is not", async () => {
  const server = (name: string, glue: string[]) => ({
    name,
    glue,
    own: [],
    host: { state: "absent", reason: "nxdomain" } as const,
  });
  const servers = [server("ns1.gone.example", []), server("ns2.other.example", ["9.1.1.1"])];
  const authorities: AuthoritiesEvidence = {
    state: "asked",
    zones: [{ apex: "customer.example", parents: [], servers, addresses: [] }],
    names: [],
    queries: 1,
    complete: true,
    privateAddresses: "unusable",
  };
  expect(
    await gatherRegistrations({ domain: "customer.example", selectors: [], authorities, lookups: [nxdomain] }),
  ).toMatchObject([
    { name: "ns1.gone.example", role: "name server", reliedOnBy: "customer.example", registration: "does-not-exist" },
  ]);
});
