import { afterEach, describe, expect, test } from "vitest";
import { RCODE, TYPE, type Message } from "chancery/dns";
import { agreementOn } from "./agreement.ts";
import { observeAtAuthorities } from "./authorities.ts";
import type { AuthorityObservation, NameObserved } from "./observation.ts";
import {
  authorityFor,
  replyTo,
  startAuthority,
  type Authority,
  type Behaviour,
  type QuerySeen,
} from "../test-authority.ts";

const at = (last: number): string => `127.53.60.${last}`;
const soa = "@ 3600 SOA ns1 hostmaster 7 3600 600 86400 300\n";
const customerNs = `@ 7200 NS ns1\n@ 7200 NS ns2\nns1 A ${at(62)}\nns2 A ${at(63)}\n`;
const customer = {
  "customer.example": `${soa}${customerNs}
    s1._domainkey 600 CNAME s1.dkim.esp.example.
    s2._domainkey 600 CNAME gone.dkim.esp.example.
    *._domainkey.wild TXT "anything"
    s1._domainkey.wild TXT "key"
    _domainkey.deleg 900 NS ns1.esp.test.\n_domainkey.deleg 900 NS ns2.esp.test.`,
  "sub.customer.example": `${soa}@ 7200 NS ns1.customer.example.\n@ 7200 NS ns2.customer.example.\ns1._domainkey TXT "key"`,
};
const esp = {
  "esp.example": `${soa}@ NS ns1.esp.test.\n@ NS ns2.esp.test.\ns1.dkim 300 TXT "v=DKIM1; p=abc"`,
  "esp.test": `${soa}@ NS ns1\n@ NS ns2\nns1 A ${at(64)}\nns2 A ${at(65)}`,
  "_domainkey.deleg.customer.example": `${soa}@ NS ns1.esp.test.\n@ NS ns2.esp.test.\ns1 TXT "key"`,
};
const root = { ".": `${soa}example. NS ns.example.\nns.example. A ${at(61)}\ntest. NS ns.example.` };
const tld = {
  example: `${soa}@ NS ns\nns A ${at(61)}
    customer 1800 NS ns1.customer\ncustomer 1800 NS ns2.customer\nns1.customer A ${at(62)}\nns2.customer A ${at(63)}
    esp NS ns1.esp.test.\nesp NS ns2.esp.test.
    half NS ns1.esp.test.\nhalf NS ns.nowhere.test.`,
  test: `${soa}@ NS ns.example.\nesp NS ns1.esp\nesp NS ns2.esp\nns1.esp A ${at(64)}\nns2.esp A ${at(65)}`,
};
const half = { "half.example": `${soa}@ NS ns1.esp.test.\ns1._domainkey TXT "key"` };
const servers = new Map([
  [at(60), authorityFor(root)],
  [at(61), authorityFor(tld)],
  [at(62), authorityFor(customer)],
  [at(63), authorityFor(customer)],
  [at(64), authorityFor({ ...esp, ...half })],
  [at(65), authorityFor(esp)],
]);
const sound = ({ address, query }: QuerySeen): Message | undefined => servers.get(address)?.(query);
/** Everyone sound but one address, whose good reply `change` gets to see. */
const odd =
  (last: number, change: (seen: QuerySeen, reply: Message) => ReturnType<Behaviour>): Behaviour =>
  (seen) => {
    const reply = sound(seen);
    return reply && seen.address === at(last) ? change(seen, reply) : reply;
  };

let authority: Authority | undefined;
afterEach(async () => {
  await authority?.close();
  authority = undefined;
});

async function observe(
  name: string,
  behave: Behaviour = sound,
  type: number = TYPE.TXT,
): Promise<AuthorityObservation> {
  authority = await startAuthority([60, 61, 62, 63, 64, 65].map(at), behave);
  const hints = [{ name: "ns.root", addresses: [at(60)] }];
  return observeAtAuthorities(name, type, { root: hints, authorityPort: authority.port, timeoutMs: 80 });
}
const last = (observation: AuthorityObservation): NameObserved => {
  const observed = observation.names.at(-1);
  if (!observed) throw new Error("no names");
  return observed;
};
const verdicts = (observation: AuthorityObservation): string[] =>
  observation.names.map((observed) => agreementOn(observed).verdict);

describe("RES-10 every authoritative address is asked, over UDP and TCP", () => {
  test("AUD-C-06 alias by alias, with zone, SOA, NS and TTLs", async () => {
    const observation = await observe("s1._domainkey.customer.example");
    expect(observation).toMatchObject({
      type: "TXT",
      outcome: "present",
      finalName: "s1.dkim.esp.example",
      aliases: [
        { name: "s1._domainkey.customer.example", target: "s1.dkim.esp.example", ttl: 600, zone: "customer.example" },
      ],
      names: [
        {
          name: "s1._domainkey.customer.example",
          zone: {
            apex: "customer.example",
            parent: "example",
            ns: { names: ["ns1.customer.example", "ns2.customer.example"], ttl: 1800 },
            servers: [
              { name: "ns1.customer.example", addresses: [{ address: at(62), source: "both" }] },
              { name: "ns2.customer.example", addresses: [{ address: at(63), source: "both" }] },
            ],
            parents: [],
            ds: "absent",
            negativeTtl: 300,
          },
        },
        {
          name: "s1.dkim.esp.example",
          zone: { apex: "esp.example", servers: [{ addresses: [{ address: at(64), source: "own" }] }, {}] },
        },
      ],
    });
    const alias = { state: "alias", alias: { target: "s1.dkim.esp.example", ttl: 600 }, rcode: "NOERROR" };
    expect(observation.names[0]?.addresses).toMatchObject(
      [62, 63].map((number) => ({
        address: at(number),
        udp: alias,
        tcp: alias,
        soa: { serial: 7, ttl: 3600, minimum: 300, negativeTtl: 300 },
        ns: { names: ["ns1.customer.example", "ns2.customer.example"], ttl: 7200 },
        wildcard: "absent",
      })),
    );
    const key = { state: "records", records: [{ ttl: 300, text: "v=DKIM1; p=abc" }] };
    expect(last(observation).addresses).toMatchObject([
      { udp: key, tcp: key },
      { udp: key, tcp: key },
    ]);
    expect(verdicts(observation)).toEqual(["agreed", "agreed"]);
    const direct =
      authority?.asked.filter((seen) => seen.name === "s1.dkim.esp.example" && seen.type === TYPE.TXT) ?? [];
    expect(direct.every((seen) => !seen.query.recursionDesired)).toBe(true);
    expect(JSON.parse(JSON.stringify(observation))).toEqual(observation);
  });

  const oddities: [
    what: string,
    change: (seen: QuerySeen, reply: Message) => ReturnType<Behaviour>,
    unknown: object[],
  ][] = [
    [
      "silence",
      () => undefined,
      [
        { transport: "udp", reason: "timeout" },
        { transport: "tcp", reason: "timeout" },
      ],
    ],
    [
      "REFUSED",
      ({ query }) => replyTo(query, { rcode: RCODE.REFUSED, authoritative: false }),
      [
        { transport: "udp", reason: "refused" },
        { transport: "tcp", reason: "refused" },
      ],
    ],
    [
      "an answer without authority",
      (_, reply) => ({ ...reply, authoritative: false }),
      [
        { transport: "udp", reason: "lame" },
        { transport: "tcp", reason: "lame" },
      ],
    ],
    [
      "no TCP",
      ({ transport }, reply) => (transport === "tcp" ? undefined : reply),
      [{ transport: "tcp", reason: "timeout" }],
    ],
  ];
  test.each(oddities)("AUD-D-02 %s at one address is reported of it alone", async (_, change, unknown) => {
    const behave = odd(65, (seen, reply) => (seen.name.startsWith("s1.dkim") ? change(seen, reply) : reply));
    const agreement = agreementOn(last(await observe("s1._domainkey.customer.example", behave)));
    expect(agreement).toMatchObject({
      verdict: "unknown",
      opinions: [{ answer: { state: "records" } }],
      unknown: unknown.map((reason) => ({ server: at(65), ...reason })),
    });
  });

  test("AUD-C-06 a stale secondary is named", async () => {
    const behave = odd(65, ({ name, query }, reply) =>
      name.startsWith("s1.dkim") ? replyTo(query, { rcode: RCODE.NXDOMAIN }) : reply,
    );
    const agreement = agreementOn(last(await observe("s1._domainkey.customer.example", behave)));
    expect(agreement.verdict).toBe("differ");
    const said = new Map(agreement.opinions.map((opinion) => [opinion.answer.state, opinion.addresses]));
    expect(said).toEqual(
      new Map([
        ["records", [at(64)]],
        ["absent", [at(65)]],
      ]),
    );
  });

  test("AUD-C-15 a record too big for UDP is agreed on over TCP", async () => {
    const behave: Behaviour = (seen) => {
      const reply = sound(seen);
      const big = seen.transport === "udp" && seen.name.startsWith("s1.dkim");
      return reply && big ? { ...reply, truncated: true, answers: [] } : reply;
    };
    const observation = await observe("s1._domainkey.customer.example", behave);
    expect(last(observation).addresses[0]).toMatchObject({ udp: { state: "truncated" }, tcp: { state: "records" } });
    expect(verdicts(observation)).toEqual(["agreed", "agreed"]);
  });

  test("AUD-C-04 a dangling alias ends in an agreed absence", async () => {
    const observation = await observe("s2._domainkey.customer.example");
    expect(observation).toMatchObject({ outcome: "absent", reason: "nxdomain", finalName: "gone.dkim.esp.example" });
    expect(last(observation).addresses[1]?.tcp).toMatchObject({
      state: "absent",
      reason: "nxdomain",
      negativeTtl: 300,
    });
    expect(verdicts(observation)).toEqual(["agreed", "agreed"]);
  });

  test("AUD-C-11 a wildcard shows beside a name of its own", async () => {
    const observation = await observe("s1._domainkey.wild.customer.example");
    expect(last(observation).addresses.map((seen) => seen.wildcard)).toEqual(["present", "present"]);
  });

  test("a zone on the servers of its parent is found by its SOA", async () => {
    const observation = await observe("s1._domainkey.sub.customer.example");
    expect(last(observation).zone).toMatchObject({
      apex: "sub.customer.example",
      parent: "customer.example",
      ns: { names: ["ns1.customer.example", "ns2.customer.example"], ttl: 7200 },
    });
    expect(verdicts(observation)).toEqual(["agreed"]);
  });

  test("AUD-D-01 a secondary of the parent that lacks the delegation is named", async () => {
    const behave = odd(63, ({ name, type, query }, reply) =>
      name === "_domainkey.deleg.customer.example" && type === TYPE.NS
        ? replyTo(query, { rcode: RCODE.NXDOMAIN })
        : reply,
    );
    const observation = await observe("s1._domainkey.deleg.customer.example", behave);
    expect(last(observation).zone.parents).toEqual([
      { address: at(62), state: "delegated", ns: { names: ["ns1.esp.test", "ns2.esp.test"], ttl: 900 } },
      { address: at(63), state: "absent" },
    ]);
  });

  test("a name server whose address cannot be learnt leaves the whole unknown", async () => {
    const agreement = agreementOn(last(await observe("s1._domainkey.half.example")));
    expect(agreement).toMatchObject({
      verdict: "unknown",
      opinions: [{ addresses: [at(64)] }],
      unknown: [{ server: "ns.nowhere.test", reason: "no-servers" }],
    });
  });

  describe("I-1 a server that the zone names itself, and its delegation does not,", () => {
    const named = (beside: string): Behaviour => {
      const zone = `${half["half.example"]}\n@ NS ${beside}\ntwin A ${at(64)}`;
      const own = authorityFor({ "half.example": zone });
      return (seen) => (seen.address === at(64) && seen.name.endsWith("half.example") ? own(seen.query) : sound(seen));
    };

    test("is asked as well", async () => {
      const seen = last(await observe("s1._domainkey.half.example", named("ns2.esp.test.")));
      expect(seen.zone).toMatchObject({
        ns: { names: ["ns.nowhere.test", "ns1.esp.test"] },
        servers: [{}, {}, { name: "ns2.esp.test", addresses: [{ address: at(65), source: "own" }] }],
      });
      expect(seen.addresses).toMatchObject([
        { address: at(64), udp: { state: "records" } },
        { address: at(65), servers: ["ns2.esp.test"], udp: { state: "unknown" }, tcp: { state: "unknown" } },
      ]);
    });

    test("is asked once where another name leads to it", async () => {
      const seen = last(await observe("s1._domainkey.half.example", named("twin.half.example.")));
      expect(seen.zone.servers.map(({ name }) => name)).toContain("twin.half.example");
      expect(seen.addresses.map(({ address }) => address)).toEqual([at(64)]);
    });

    test("stands in nobody's way if its name has no address", async () => {
      const seen = last(await observe("s1._domainkey.half.example", named("ns.gone.customer.example.")));
      expect(seen.zone.servers.map(({ name }) => name)).toEqual(["ns1.esp.test", "ns.nowhere.test"]);
    });
  });

  test("a chain that cannot be walked is unknown, with what was seen on the way", async () => {
    const behave: Behaviour = (seen) => (seen.name.startsWith("s1.dkim") ? undefined : sound(seen));
    const observation = await observe("s1._domainkey.customer.example", behave);
    expect(observation).toMatchObject({ outcome: "unknown", reason: "timeout", names: [{}], aliases: [{}] });
  });
});
