import { describe, expect, test } from "vitest";
import { parseFixture } from "../../../engine/resolver/fixture.ts";
import type { DomainEvidence } from "../../../model/audit/evidence/domain.ts";
import { gatherPosture, type PostureRequest } from "./gather.ts";

type Zone = Record<string, unknown>;

const gather = (zone: Zone, more: Partial<PostureRequest> = {}): Promise<DomainEvidence> => {
  const fixture = parseFixture(JSON.stringify(zone));
  if (!fixture.ok) throw new Error(fixture.problem);
  return gatherPosture({ domain: "example.com", lookup: fixture.value, shown: { apex: true, dmarc: true }, ...more });
};

describe("DMARC", () => {
  test("the record of the organization applies to a subdomain, and where it was looked for is told", async () => {
    const zone = { "_dmarc.example.com": { TXT: ["v=DMARC1; p=reject"] }, "news.example.com": { A: "192.0.2.1" } };
    const { dmarc } = await gather(zone, { domain: "news.example.com" });
    expect(dmarc).toMatchObject({
      applies: { state: "present", domain: "example.com", source: "organizational-domain", text: "v=DMARC1; p=reject" },
      organizationalDomain: "example.com",
      listed: { organizationalDomain: "example.com", policyDomain: "example.com" },
      exists: "exists",
    });
    expect(dmarc.asked.map(({ domain, answer }) => `${domain} ${answer.state}`)).toEqual([
      "news.example.com absent",
      "example.com present",
      "com absent",
    ]);
  });

  test("T-14 both standards' answers side by side", async () => {
    const zone = {
      "_dmarc.a.example.com": { TXT: ["v=DMARC1; p=none; psd=n"] },
      "_dmarc.example.com": { TXT: ["v=DMARC1; p=reject"] },
    };
    const { dmarc } = await gather(zone, { domain: "b.a.example.com" });
    expect(dmarc.organizationalDomain).toBe("a.example.com");
    expect(dmarc.listed).toEqual({ organizationalDomain: "example.com", policyDomain: "example.com" });
  });

  test("no answer is not no record", async () => {
    const { dmarc } = await gather({ "_dmarc.example.com": { error: "SERVFAIL" } });
    expect(dmarc).toMatchObject({ applies: { state: "unknown" }, listed: "unknown", misplaced: [] });
    expect(dmarc.organizationalDomain).toBeUndefined();
  });

  test("DMARC-P-18 records at wrong names, where there is none at the right one", async () => {
    const text = "v=DMARC1; p=none";
    const zone: Zone = {
      "example.com": { TXT: ["other", text] },
      "dmarc.example.com": { TXT: text },
      "_dmarc.example.com.example.com": { TXT: text },
    };
    const names = async (more: Zone) => (await gather({ ...zone, ...more })).dmarc.misplaced.map(({ name }) => name);
    expect(await names({})).toEqual(["example.com", "dmarc.example.com", "_dmarc.example.com.example.com"]);
    expect(await names({ "_dmarc.example.com": { TXT: text } })).toEqual([]);
  });

  test("DMARC-P-18 wildcards that give a record to every name", async () => {
    const text = "v=DMARC1; p=none";
    const owners = async (zone: Zone) => (await gather(zone)).dmarc.wildcards.map(({ owner }) => owner);
    expect(await owners({ "*.example.com": { TXT: text } })).toEqual(["*.example.com"]);
    expect(await owners({ "*._dmarc.example.com": { TXT: text } })).toEqual(["*._dmarc.example.com"]);
    expect(await owners({ "*.example.com": { TXT: "v=spf1 -all" } })).toEqual([]);
  });

  test("a host of others has to say that it wants the reports, one's own need not", async () => {
    const rua = "mailto:a@example.com,mailto:b@mail.example.com,mailto:c@reports.example.net,https://x.example/";
    const { dmarc } = await gather({
      "_dmarc.example.com": { TXT: `v=DMARC1; p=none; rua=${rua}; ruf=mailto:d@example.org` },
      "example.com._report._dmarc.reports.example.net": { TXT: "v=DMARC1" },
    });
    expect(dmarc.destinations.map(({ tag, host, authorisation }) => [tag, host, authorisation?.answer.state])).toEqual([
      ["rua", "example.com", undefined],
      ["rua", "mail.example.com", undefined],
      ["rua", "reports.example.net", "present"],
      ["ruf", "example.org", "absent"],
    ]);
  });
});

test("exchangers with their addresses; a null MX is no host", async () => {
  const { mx } = await gather({
    "example.com": { MX: ["10 mail.example.com", "20 gone.example.net", "0 ."] },
    "mail.example.com": { A: "192.0.2.1", AAAA: "2001:db8::1" },
  });
  expect(mx).toMatchObject({
    values: [
      { host: "mail.example.com", addresses: { values: ["192.0.2.1", "2001:db8::1"] }, registration: "exists" },
      { host: "gone.example.net", addresses: { cause: "no-such-name" }, registration: "does-not-exist" },
      { host: ".", addresses: { state: "absent" } },
    ],
  });
});

test("AUD-D-13 names of others and whether they are registered; one's own are left out", async () => {
  const { relied } = await gather({
    "example.com": { TXT: "v=spf1 include:_spf.gone.example a:mail.example.com include:_spf.esp.example -all" },
    "_spf.esp.example": { TXT: "v=spf1 a:deep.missing.example -all" },
    "_dmarc.example.com": { TXT: "v=DMARC1; p=none; rua=mailto:a@x.lost.example; ruf=mailto:b@slow.test" },
    "slow.test": { error: "TIMEOUT" },
    "_mta-sts.example.com": { CNAME: "sts.vanished.example" },
    "default._bimi.example.com": { TXT: "v=BIMI1; l=https://img.left.example/l.svg" },
    "_smtp._tls.example.com": { TXT: "v=TLSRPTv1; rua=https://tls.away.example/x" },
  });
  expect(
    relied.map(({ role, name, registrableDomain, registration }) => [role, name, registrableDomain, registration]),
  ).toEqual([
    ["spf", "_spf.gone.example", "gone.example", "does-not-exist"],
    ["spf", "_spf.esp.example", "esp.example", "exists"],
    ["spf", "deep.missing.example", "missing.example", "does-not-exist"],
    ["rua", "x.lost.example", "lost.example", "does-not-exist"],
    ["ruf", "slow.test", "slow.test", "unknown"],
    ["mta-sts", "sts.vanished.example", "vanished.example", "does-not-exist"],
    ["tls-rpt", "tls.away.example", "away.example", "does-not-exist"],
    ["bimi", "img.left.example", "left.example", "does-not-exist"],
  ]);
});

test("BIMI and DS of the registered domain where the domain has none", async () => {
  const ds = "12345 13 2 0000000000000000000000000000000000000000000000000000000000000000";
  const zone = { "example.com": { DS: ds }, "default._bimi.example.com": { TXT: "v=BIMI1; l=" } };
  const seen = await gather(zone, { domain: "a.example.com" });
  expect(seen.bimi).toMatchObject({ name: "default._bimi.example.com", answer: { state: "present" } });
  expect(seen.ds).toMatchObject({ name: "example.com", answer: { values: [ds] } });
});

describe("MTA-STS", () => {
  const zone = { "_mta-sts.example.com": { TXT: "v=STSv1; id=1" }, "mta-sts.example.com": { A: "192.0.2.1" } };
  const fetchPolicy: PostureRequest["fetchPolicy"] = (host, addresses) =>
    Promise.resolve({ state: "fetched", text: `${host} ${addresses.join()}` });
  test.each<[title: string, zone: Zone, more: Partial<PostureRequest>, policy: unknown]>([
    [
      "STS-02 fetched from the policy host",
      zone,
      { fetchPolicy },
      { state: "fetched", text: "mta-sts.example.com 192.0.2.1" },
    ],
    ["nothing is fetched where all DNS is from a file", zone, {}, undefined],
    ["without the record nobody asks", { "mta-sts.example.com": { A: "192.0.2.1" } }, { fetchPolicy }, undefined],
    [
      "a host without address",
      { "_mta-sts.example.com": { TXT: "v=STSv1; id=1" } },
      { fetchPolicy },
      { state: "refused", problem: "mta-sts.example.com has no address" },
    ],
    [
      "a host nobody knows about",
      { ...zone, "mta-sts.example.com": { error: "TIMEOUT" } },
      { fetchPolicy },
      { state: "unknown", reason: "timeout" },
    ],
  ])("%s", async (_title, records, more, policy) => {
    expect((await gather(records, more)).mtaSts.policy).toEqual(policy);
  });
});

test("BULK-01 reverse names count where they lead back", async () => {
  const { reverse } = await gather(
    {
      "1.2.0.192.in-addr.arpa": { PTR: "mail.example.com" },
      "mail.example.com": { A: "192.0.2.1", AAAA: "2001:db8:0::1" },
      "2.2.0.192.in-addr.arpa": { PTR: "mail.example.com" },
      "4.2.0.192.in-addr.arpa": { error: "SERVFAIL" },
      "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa": { PTR: "mail.example.com" },
    },
    { sendingAddresses: ["192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4", "2001:db8:0:0::1"] },
  );
  expect(reverse?.map(({ address, names, confirmed }) => `${address} ${names.state} ${confirmed}`)).toEqual([
    "192.0.2.1 present yes",
    "192.0.2.2 present no",
    "192.0.2.3 absent no",
    "192.0.2.4 unknown unknown",
    "2001:db8:0:0::1 present yes",
  ]);
  expect((await gather({})).reverse).toBeUndefined();
});

describe("DNS lists", () => {
  const listing = async (zone: Zone, kind: "address" | "domain" = "address"): Promise<string[]> => {
    const { listings } = await gather(
      { "example.com": { MX: "10 mail.example.com" }, "mail.example.com": { A: "192.0.2.1" }, ...zone },
      { lists: [{ kind, zone: "list.test" }] },
    );
    return listings!.map(({ subject, answer }) => `${subject} ${answer}`);
  };
  test.each<[title: string, answer: unknown, expected: string]>([
    ["an answer of the list", { A: "127.0.0.2" }, "listed"],
    ["no such name", undefined, "not-listed"],
    ["no answer", { error: "TIMEOUT" }, "unknown"],
    ["refused, as to a public resolver", { A: "127.255.255.254" }, "unknown"],
    ["refused, as to too many questions", { A: "127.0.0.1" }, "unknown"],
    ["no answer of a list at all", { A: "198.51.100.7" }, "unknown"],
  ])("%s", async (_title, answer, expected) => {
    expect(await listing(answer === undefined ? {} : { "1.2.0.192.list.test": answer })).toEqual([
      `192.0.2.1 ${expected}`,
    ]);
  });
  test("a list that lists everything says nothing", async () => {
    expect(await listing({ "*.list.test": { A: "127.0.0.2" } })).toEqual(["192.0.2.1 unknown"]);
  });
  test("domains are asked of lists of domains", async () => {
    expect(await listing({ "example.com.list.test": { A: "127.0.1.2" } }, "domain")).toEqual(["example.com listed"]);
  });
  test("none is asked unless named", async () => {
    expect((await gather({})).listings).toBeUndefined();
  });
});
