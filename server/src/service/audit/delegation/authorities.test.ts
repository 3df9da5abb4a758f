import { afterEach, describe, expect, test } from "vitest";
import { RCODE, rdataFromText, TYPE, type Message } from "chancery/dns";
import {
  authorityFor,
  replyTo,
  startAuthority,
  type Authority,
  type Behaviour,
  type QuerySeen,
} from "../../../engine/resolver/test-authority.ts";
import { Pacing } from "../../../engine/resolver/pacing.ts";
import { type AuditFinding, defaultAuditPolicy } from "../../../model/audit/check.ts";
import { delegationChecks } from "../../../model/audit/checks/delegation/delegation-checks.ts";
import type { AuditEvidence } from "../../../model/audit/evidence.ts";
import { nothingExpected } from "../../../model/audit/expectations.ts";
import { gatherAuthorities, type AuthoritiesGathered } from "./authorities.ts";

/* A small internet on loopback addresses: root (.60), top levels (.61), a customer (.62, .63), a provider (.64, .65). */

const at = (last: number): string => `127.53.75.${last}`;
const soa = (serial = 7): string => `@ 3600 SOA ns1 hostmaster ${serial} 3600 600 86400 300\n`;
const customerNs = `@ 7200 NS ns1\n@ 7200 NS ns2\nns1 A ${at(62)}\nns2 A ${at(63)}\n`;
const customerZone = (serial = 7, key = "v=DKIM1; p=abc"): Record<string, string> => ({
  "customer.example": `${soa(serial)}${customerNs}
    s1._domainkey 600 CNAME s1.dkim.esp.test.
    s2._domainkey TXT "${key}"
    _domainkey.deleg 900 NS ns1.esp.test.\n_domainkey.deleg 900 NS ns2.esp.test.`,
});
const espZones = {
  "esp.test": `${soa()}@ NS ns1\n@ NS ns2\nns1 A ${at(64)}\nns2 A ${at(65)}\ns1.dkim 60 TXT "v=DKIM1; p=esp"`,
  "_domainkey.deleg.customer.example": `${soa()}@ NS ns1.esp.test.\n@ NS ns2.esp.test.\ns1 TXT "key"`,
};
const rootZone = { ".": `${soa()}example. NS ns.example.\nns.example. A ${at(61)}\ntest. NS ns.example.` };
const delegation = (ns: string): string => `customer 1800 NS ns1.customer\ncustomer 1800 NS ${ns}.customer
    ns1.customer A ${at(62)}\n${ns}.customer A ${at(63)}\n`;
const tldZones = (customer = delegation("ns2")): Record<string, string> => ({
  example: `${soa()}@ NS ns\nns A ${at(61)}\n${customer}`,
  test: `${soa()}@ NS ns.example.\nesp NS ns1.esp\nesp NS ns2.esp\nns1.esp A ${at(64)}\nns2.esp A ${at(65)}`,
});

type Servers = Record<number, Behaviour>;
const served = (zones: Record<string, string>): Behaviour => {
  const answer = authorityFor(zones);
  return ({ query }) => answer(query);
};
const sound: Servers = {
  60: served(rootZone),
  61: served(tldZones()),
  62: served(customerZone()),
  63: served(customerZone()),
  64: served(espZones),
  65: served(espZones),
};
const always =
  (fields: (query: Message) => Partial<Message>): Behaviour =>
  ({ query }) =>
    replyTo(query, { authoritative: false, ...fields(query) });
const silent: Behaviour = () => undefined;
/** Behaviours of which silence is a part: nobody else keeps the tests waiting, however busy the machine is. */
const waitedFor = new Set<Behaviour>([silent]);
const sometimesSilent = (behaviour: Behaviour): Behaviour => {
  waitedFor.add(behaviour);
  return behaviour;
};
const overTcp =
  (tcp: Behaviour, udp: Behaviour): Behaviour =>
  (seen) =>
    seen.transport === "tcp" ? tcp(seen) : udp(seen);

let authority: Authority | undefined;
afterEach(async () => {
  await authority?.close();
  authority = undefined;
});

async function gather(changes: Servers, keyNames: string[], domain = "customer.example"): Promise<AuthoritiesGathered> {
  const servers: Servers = { ...sound, ...changes };
  const behave: Behaviour = (seen: QuerySeen) => servers[Number(seen.address.split(".").at(-1))]?.(seen);
  authority = await startAuthority(
    Object.keys(servers).map((last) => at(Number(last))),
    behave,
  );
  const root = [{ name: "ns.root", addresses: [at(60)] }];
  const pacing = new Pacing({ perSecond: 1000, burst: 1000 });
  const timeoutMs = Object.values(changes).some((behaviour) => waitedFor.has(behaviour)) ? 60 : 1000;
  const options = { root, authorityPort: authority.port, timeoutMs, pacing };
  return gatherAuthorities({ domain, keyNames, options });
}

function judge({ authorities }: AuthoritiesGathered, domain = "customer.example"): AuditFinding[] {
  const evidence: AuditEvidence = {
    domain,
    at: 0,
    dns: "network",
    selectors: [],
    discovery: { domainkeyNode: "unknown", namesTried: 0 },
    expectations: nothingExpected,
    delegation: { registrations: [], authorities },
  };
  return delegationChecks.flatMap((check) => {
    const outcome = check.look(evidence, { policy: defaultAuditPolicy });
    return "findings" in outcome ? outcome.findings : [];
  });
}
const gist = (findings: AuditFinding[]): string[] => findings.map(({ code, subject }) => `${code} ${subject}`);

const [s1, s2] = ["s1._domainkey.customer.example", "s2._domainkey.customer.example"] as const;

describe("a sound chain over two zones", () => {
  test("RES-10 AUD-C-01 is seen at every address, and nothing is wrong with it", async () => {
    const gathered = await gather({}, [s1, s2]);
    expect(gist(judge(gathered))).toEqual([]);
    expect(gathered.authorities).toMatchObject({
      state: "asked",
      complete: true,
      zones: [
        {
          apex: "customer.example",
          parent: "example",
          delegated: { names: ["ns1.customer.example", "ns2.customer.example"], ttlSeconds: 1800 },
          servers: [
            { name: "ns1.customer.example", glue: [at(62)], own: [at(62)], host: { state: "has addresses" } },
            { name: "ns2.customer.example", glue: [at(63)], own: [at(63)], registrableDomain: "customer.example" },
          ],
          addresses: [
            {
              address: at(62),
              servers: ["ns1.customer.example"],
              udp: { state: "authoritative" },
              tcp: { state: "authoritative" },
              soa: { primary: "ns1.customer.example", serial: 7, refreshSeconds: 3600, negativeTtlSeconds: 300 },
              ns: { names: ["ns1.customer.example", "ns2.customer.example"], ttlSeconds: 7200 },
            },
            { address: at(63) },
          ],
        },
        { apex: "esp.test" },
      ],
      names: [
        { name: "_domainkey.customer.example", apex: "customer.example" },
        {
          name: s1,
          apex: "customer.example",
          answers: [
            { address: at(62), said: { state: "alias", target: "s1.dkim.esp.test", ttlSeconds: 600 } },
            { address: at(63), said: { state: "alias" } },
          ],
          besideAlias: [],
        },
        {
          name: "s1.dkim.esp.test",
          apex: "esp.test",
          answers: [64, 65].map((last) => ({
            address: at(last),
            said: { state: "records", texts: ["v=DKIM1; p=esp"], ttlSeconds: 60 },
          })),
        },
        { name: s2, apex: "customer.example", answers: [{ address: at(62) }, { address: at(63) }] },
      ],
    });
    expect(authority?.asked.every(({ query }) => !query.recursionDesired)).toBe(true);
    expect(gathered.survey?.exchanges().every(({ rttMs, server }) => rttMs >= 0 && server !== "")).toBe(true);
  });

  test("zones are asked once for twenty selectors, within the budget of an audit", async () => {
    const keyNames = Array.from({ length: 20 }, (_, index) => `k${index}._domainkey.customer.example`);
    const zone = customerZone();
    const many = {
      "customer.example":
        zone["customer.example"] + keyNames.map((name) => `\n${name}. CNAME s1.dkim.esp.test.`).join(""),
    };
    const { authorities } = await gather({ 62: served(many), 63: served(many) }, keyNames);
    expect(authorities).toMatchObject({ state: "asked", complete: true });
    const soaAsked = authority?.asked.filter(({ name, type }) => name === "customer.example" && type === TYPE.SOA);
    expect(soaAsked).toHaveLength(4);
    expect(
      authority?.asked.filter((one) => one.name === "_domainkey.customer.example" && one.type === TYPE.SOA),
    ).toEqual([]);
    if (authorities.state !== "asked") throw new Error("unreachable");
    expect(authorities.names.filter(({ answers }) => answers.length === 2)).toHaveLength(22);
    expect(authorities.queries).toBeLessThanOrEqual(200);
    expect(authority?.asked.length).toBeLessThanOrEqual(200 + 1);
  });

  test("a zone that was made a cut below, on the same servers, is told from the one above", async () => {
    const cut = `_domainkey NS ns1\n_domainkey NS ns2\n`;
    const both = {
      "customer.example": `${soa()}${customerNs}${cut}`,
      "_domainkey.customer.example": `${soa(9)}@ NS ns1.customer.example.\n@ NS ns2.customer.example.\ns1 TXT "k"`,
    };
    const { authorities } = await gather({ 62: served(both), 63: served(both) }, [s1]);
    expect(authorities).toMatchObject({
      zones: [{ apex: "_domainkey.customer.example", addresses: [{ soa: { serial: 9 } }, {}] }],
    });
    expect(authorities).not.toMatchObject({ zones: [{ delegated: {} }] });
  });
});

const upward = always((query) => ({
  authority: [{ name: ".", type: TYPE.NS, ttl: 5, data: Uint8Array.of(1, 97, 0) }],
  questions: query.questions,
}));
describe("AUD-D-02 AUD-C-03 each way of being lame", () => {
  test.each<[how: string, behaviour: Behaviour, words: string]>([
    ["REFUSED", always(() => ({ rcode: RCODE.REFUSED })), "REFUSED"],
    ["SERVFAIL", always(() => ({ rcode: RCODE.SERVFAIL })), "SERVFAIL"],
    ["NXDOMAIN", always(() => ({ rcode: RCODE.NXDOMAIN })), "says that the zone does not exist (NXDOMAIN)"],
    ["an upward referral", upward, "refers to a zone above"],
    ["AA=0", (seen) => ({ ...(sound[63]!(seen) as Message), authoritative: false }), "answers without authority"],
    ["silence", silent, "no answer, asked more than once"],
  ])("%s", async (_how, behaviour, words) => {
    const findings = judge(await gather({ 63: behaviour }, [s1]));
    expect(gist(findings)).toEqual(["LameDelegation customer.example"]);
    expect(findings[0]?.evidence).toEqual([`ns2.customer.example (${at(63)}): ${words}`]);
  });

  test("AUD-D-14 a server that loses every other packet is not lame", async () => {
    let seenBefore = 0;
    const flapping = sometimesSilent((seen) =>
      seen.transport === "udp" && seenBefore++ % 2 === 0 ? undefined : sound[63]!(seen),
    );
    expect(gist(judge(await gather({ 63: flapping }, [s1])))).toEqual([]);
  });

  test.each<[how: string, behaviour: Behaviour]>([
    ["fail", always(() => ({ rcode: RCODE.SERVFAIL }))],
    ["keep silent", silent],
  ])("a zone whose servers all %s is lame, and not absent", async (_how, behaviour) => {
    const gathered = await gather({ 62: behaviour, 63: behaviour }, [s1]);
    expect(gist(judge(gathered))).toEqual(["LameDelegation customer.example"]);
  });
});

describe("faults of a delegation", () => {
  /** A shared provider where nobody has set the customer's zone up. */
  const unclaimed: Behaviour = served({ "esp.test": espZones["esp.test"] });
  const key = "s1._domainkey.deleg.customer.example";
  const withNs3 = `${soa()}${customerNs}@ NS ns3\nns3 A ${at(62)}\ns2._domainkey TXT "key"`;
  const withAlias = `${soa()}@ NS ns1\n@ NS ns2\nns1 A ${at(62)}\nns2 CNAME ns1\ns2._domainkey TXT "key"`;
  const moved = `${soa()}@ NS ns1\n@ NS ns2\nns1 A ${at(62)}\nns2 A ${at(62)}\ns2._domainkey TXT "key"`;
  const zone = (text: string): Behaviour => served({ "customer.example": text });
  const sameBoth = (behaviour: Behaviour): Servers => ({ 62: behaviour, 63: behaviour });

  test.each<[title: string, servers: Servers, name: string, found: string[]]>([
    ["AUD-D-01 the zone lists one more", sameBoth(zone(withNs3)), s2, ["ParentMismatch customer.example"]],
    ["AUD-D-03 a name server that is an alias", sameBoth(zone(withAlias)), s2, ["NsUnusable ns2.customer.example"]],
    ["AUD-D-04 old glue", sameBoth(zone(moved)), s2, ["GlueStale ns2.customer.example"]],
    [
      "AUD-C-06 a stale secondary with an older serial",
      { 63: served(customerZone(6, "v=DKIM1; p=old")) },
      s2,
      [`ResolversDisagree ${s2}`],
    ],
    [
      "AUD-D-05 an older serial, and the same key",
      { 63: served(customerZone(6)) },
      s2,
      ["SerialsDiffer customer.example"],
    ],
    ["AUD-C-15 no TCP", { 63: sometimesSilent(overTcp(silent, sound[63]!)) }, s2, ["TcpBlocked customer.example"]],
    [
      "AUD-D-11 a shared provider that refuses a zone delegated to it",
      { 64: unclaimed, 65: unclaimed },
      key,
      ["TakeoverRisk _domainkey.deleg.customer.example"],
    ],
    [
      "AUD-D-02 one of its servers refuses",
      { 65: unclaimed },
      key,
      ["LameDelegation _domainkey.deleg.customer.example"],
    ],
    ["a sound delegation to a provider", {}, key, []],
  ])("%s", async (_title, servers, name, found) => {
    expect(gist(judge(await gather(servers, [name])))).toEqual(found);
  });

  test("AUD-D-01 every server of a parent that is no top level is asked", async () => {
    const parentZone = `${soa()}${customerNs}_domainkey NS ns1.esp.test.\n_domainkey NS ns2.esp.test.`;
    const lagging = `${soa()}${customerNs}_domainkey NS ns1.esp.test.`;
    const child = {
      ...espZones,
      "_domainkey.customer.example": `${soa()}@ NS ns1.esp.test.\n@ NS ns2.esp.test.\ns1 TXT "key"`,
    };
    const gathered = await gather({ 62: zone(parentZone), 63: zone(lagging), 64: served(child), 65: served(child) }, [
      s1,
    ]);
    expect(gist(judge(gathered))).toEqual(["ParentMismatch _domainkey.customer.example"]);
  });
});

describe("AUD-C-07 an alias with other data", () => {
  const alias: Behaviour = sound[62]!;
  const answering =
    (type: number): Behaviour =>
    (seen) => {
      const isAsked = seen.name === s1 && seen.type === type;
      if (!isAsked) return alias(seen);
      const cname = sound[62]!({
        ...seen,
        query: { ...seen.query, questions: [{ name: s1, type: TYPE.TXT, class: 1 }] },
      }) as Message;
      const [record] = cname.answers;
      const mx = { name: s1, type: TYPE.MX, ttl: 60, data: Uint8Array.of(0, 10, 0) };
      const answers = type === TYPE.ANY && record ? [record, mx] : [mx];
      return replyTo(seen.query, { answers });
    };

  test.each([
    ["ANY over TCP shows both", answering(TYPE.ANY), "in ANY"],
    ["one type is answered without it", answering(TYPE.MX), "asked for"],
  ])("%s", async (_title, behaviour, how) => {
    const findings = judge(await gather({ 62: behaviour, 63: behaviour }, [s1]));
    expect(gist(findings)).toEqual([`ConflictingRecords ${s1}`]);
    expect(findings[0]?.evidence).toContainEqual(expect.stringMatching(`^MX at .*, ${how}$`));
  });

  const nsec =
    (text: string): Behaviour =>
    (seen) => {
      if (seen.name !== s1 || seen.type !== TYPE.NSEC) return alias(seen);
      const data = rdataFromText(TYPE.NSEC, text, ".");
      if (!data.ok) throw new Error(data.problem);
      return replyTo(seen.query, { answers: [{ name: s1, type: TYPE.NSEC, ttl: 60, data: data.value }] });
    };

  test.each<[title: string, behaviour: Behaviour, found: string[]]>([
    ["lists both", nsec("s2._domainkey.customer.example. CNAME TXT RRSIG NSEC"), [`ConflictingRecords ${s1}`]],
    ["lists the alias alone", nsec("s2._domainkey.customer.example. CNAME RRSIG NSEC"), []],
    ["is made up for the question", nsec(`\\000.${s1}. A CNAME TXT MX RRSIG NSEC`), []],
  ])("the NSEC record %s", async (_title, behaviour, found) => {
    expect(gist(judge(await gather({ 62: behaviour, 63: behaviour }, [s1])))).toEqual(found);
  });

  test("one server gives the alias, the other the key", async () => {
    const text = customerZone()["customer.example"]!.replace(/s1\._domainkey.*/, `s1._domainkey TXT "key"`);
    const findings = judge(await gather({ 63: served({ "customer.example": text }) }, [s1]));
    expect(gist(findings)).toEqual([`ConflictingRecords ${s1}`]);
  });
});

describe("where no authoritative server can be asked", () => {
  test.each<[title: string, root: Behaviour, why: string]>([
    ["port 53 is closed", silent, "silence"],
    ["the network answers for everybody", always(() => ({ recursionAvailable: true })), "someone else answers"],
  ])("%s", async (_title, root, why) => {
    const gathered = await gather({ 60: root }, [s1]);
    expect(gathered.authorities).toEqual({ state: "unreachable", why });
    expect(judge(gathered)).toEqual([]);
    expect(authority?.asked.length).toBeLessThanOrEqual(1);
  });
});

test("R-51 a wide delegation cannot make us ask without end", async () => {
  const names = Array.from({ length: 300 }, (_, index) => `ns${index}.victim${index % 50}.example.`);
  const wide = `customer NS ${names.join("\ncustomer NS ")}`;
  const { authorities } = await gather({ 61: served(tldZones(wide)) }, [s1]);
  expect(authority?.asked.length).toBeLessThanOrEqual(200 + 1);
  expect(authorities.state).toBe("asked");
});
