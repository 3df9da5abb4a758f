import { describe, expect, test } from "vitest";
import type {
  AddressObserved,
  AuthorityAnswer,
  AuthorityObservation,
  NameObserved,
} from "../../engine/resolver/authorities/observation.ts";
import { judgeRound } from "../../model/rotation/confirm.ts";
import type { ExpectedChain } from "../../model/delegation/delegation.ts";
import { chainObservation } from "./observe-chain.ts";

const key: AuthorityAnswer = { rttMs: 1, state: "records", records: [{ ttl: 60, data: "", text: "v=DKIM1; p=AAAA" }] };
const noRoute: AuthorityAnswer = { rttMs: 0, state: "unknown", reason: "no-route" };
const timeout: AuthorityAnswer = { rttMs: 0, state: "unknown", reason: "timeout" };
const address = (
  at: string,
  server: string,
  udp: AuthorityAnswer = key,
  tcp: AuthorityAnswer = udp,
): AddressObserved => ({
  address: at,
  servers: [server],
  udp,
  tcp,
  wildcard: udp.state === "unknown" ? "unknown" : "absent",
});
const seen = (addresses: AddressObserved[], zone: Partial<NameObserved["zone"]> = {}): AuthorityObservation => ({
  name: "k.dkim.esp.example",
  type: "TXT",
  names: [
    {
      name: "k.dkim.esp.example",
      addresses,
      zone: {
        apex: "dkim.esp.example",
        ns: { names: [], ttl: 60 },
        servers: [],
        parents: [],
        ds: "absent",
        negativeTtl: 30,
        ...zone,
      },
    },
  ],
  aliases: [],
  finalName: "k.dkim.esp.example",
  outcome: "present",
  exchanges: [],
});
const chain: ExpectedChain = { aliases: [], record: { name: "k.dkim.esp.example", text: "v=DKIM1; p=AAAA" } };
const judged = (observation: AuthorityObservation, expected = chain) =>
  judgeRound(chainObservation(observation, expected, { trustedMs: 0, wallMs: 0 }), expected, "present");

describe("a round of looks", () => {
  test.each<[string, AuthorityObservation, string]>([
    ["agrees when every address does", seen([address("192.0.2.1", "ns1"), address("192.0.2.2", "ns2")]), "agreed"],
    [
      "one address that times out leaves it open",
      seen([address("192.0.2.1", "ns1"), address("192.0.2.2", "ns2", timeout)]),
      "unknown",
    ],
    [
      "an IPv6 address does not count for a machine without IPv6",
      seen([address("192.0.2.1", "ns1"), address("2001:db8::1", "ns1", noRoute)]),
      "agreed",
    ],
    [
      "unless its server has no other",
      seen([address("192.0.2.1", "ns1"), address("2001:db8::2", "ns2", noRoute)]),
      "unknown",
    ],
    [
      "an answer cut short over UDP is taken from TCP",
      seen([address("192.0.2.1", "ns1", { rttMs: 1, state: "truncated" }, key)]),
      "agreed",
    ],
    ["TCP that is blocked leaves it open (S25)", seen([address("192.0.2.1", "ns1", key, timeout)]), "unknown"],
    [
      "a server whose address nobody tells leaves it open",
      seen([address("192.0.2.1", "ns1")], { servers: [{ name: "ns2", addresses: [], unknown: "servfail" }] }),
      "unknown",
    ],
    [
      "a wildcard beside the name is in the way",
      seen([{ ...address("192.0.2.1", "ns1"), wildcard: "present" }]),
      "wrong",
    ],
  ])("%s", (_, observation, verdict) => {
    expect(judged(observation).verdict).toBe(verdict);
  });

  test("S23 what a validating receiver refuses is neither there nor gone, and why is told", () => {
    const record = { name: "dkim.esp.example", type: "DNSKEY" };
    const dnssec = { state: "bogus", zone: "dkim.esp.example", record, reason: "ds-without-key" } as const;
    const refused = { ...seen([address("192.0.2.1", "ns1")]), refused: { name: "k.dkim.esp.example", dnssec } };
    const { verdict, objections } = judged(refused);
    expect(verdict).toBe("unknown");
    expect(objections[0]).toMatchObject({ bogus: true, problem: expect.stringContaining("names no key that it has") });
    expect(judged({ ...refused, refused: { ...refused.refused, name: "elsewhere.example" } }).verdict).toBe("agreed");
  });

  test("TTLs and the negative TTL of the zone are kept as measured", () => {
    expect(judged(seen([address("192.0.2.1", "ns1")])).steps).toEqual([
      { zone: "dkim.esp.example", positiveTtlSeconds: 60, negativeTtlSeconds: 30 },
    ]);
  });
});

describe("a delegation", () => {
  const delegated: ExpectedChain = {
    ...chain,
    delegation: { name: "dkim.esp.example", hosts: ["h1.example", "h2.example"] },
  };
  const parent = (...names: string[]) => ({
    address: "198.51.100.1",
    state: "delegated" as const,
    ns: { names, ttl: 300 },
  });
  const verdictOf = (zone: Partial<NameObserved["zone"]>) =>
    judged(seen([address("192.0.2.1", "h1.example")], zone), delegated).verdict;

  test("is what every server of the parent says", () => {
    expect(verdictOf({ parents: [parent("h1.example", "h2.example")] })).toBe("agreed");
    expect(verdictOf({ parents: [parent("h1.example", "h2.example"), parent("h1.example")] })).toBe("wrong");
    expect(
      verdictOf({ parents: [parent("h1.example", "h2.example"), { address: "198.51.100.2", state: "absent" }] }),
    ).toBe("wrong");
    expect(verdictOf({ parents: [{ address: "198.51.100.2", state: "unknown", reason: "timeout" }] })).toBe("unknown");
  });

  test("is the referral that was followed where the parent is a top level", () => {
    expect(verdictOf({ ns: { names: ["h1.example", "h2.example"], ttl: 300 } })).toBe("agreed");
    expect(verdictOf({ ns: { names: ["h1.example"], ttl: 300 } })).toBe("wrong");
  });

  test("is not there where the walk ended in the parent's zone", () => {
    const absent: AuthorityAnswer = { rttMs: 1, state: "absent", reason: "nxdomain" };
    const observation = seen([address("198.51.100.1", "ns.example", absent)], { apex: "example" });
    const verdict = judged(observation, delegated);
    expect(verdict.verdict).toBe("wrong");
    expect(verdict.objections[0]?.problem).toBe("has no NS record");
  });
});
