import { createPublicKey, generateKeyPairSync } from "node:crypto";
import { publicKeyText, sign, verify } from "chancery/dkim";
import { afterEach, describe, expect, test } from "vitest";
import {
  formatMessage,
  nameData,
  parseMessage,
  RCODE,
  readAddress,
  readTxt,
  TYPE,
  txtData,
  type Message,
  type ResourceRecord,
} from "chancery/dns";
import { Backoff } from "./backoff.ts";
import { createIterativeResolver } from "./iterative.ts";
import { Pacing } from "./pacing.ts";
import { txtResolver } from "./resolve-txt.ts";
import type { IterativeOptions } from "./session.ts";
import {
  authorityFor,
  replyTo,
  startAuthority,
  type Authority,
  type Behaviour,
  type QuerySeen,
} from "./test-authority.ts";

const ed25519 = generateKeyPairSync("ed25519");
const at = (last: number): string => `127.53.60.${last}`;
const soa = "@ 3600 SOA ns hostmaster 1 3600 600 86400 300\n";
const zones: Record<string, Record<string, string>> = {
  [at(20)]: {
    ".": `${soa}@ NS ns.root.\nns.root. A ${at(20)}
      example. NS ns.example.\nns.example. A ${at(21)}
      test. NS ns.test.\nns.test. A ${at(21)}`,
  },
  [at(21)]: {
    example: `${soa}@ NS ns\nns A ${at(21)}
      customer NS ns.customer\nns.customer A ${at(22)}
      esp NS ns1.esp.test.\nesp NS ns2.esp.test.
      dead NS ns.dead\nns.dead A ${at(29)}
      lame NS ns.lame\nns.lame A ${at(22)}
      half NS ns1.half\nhalf NS ns2.half\nns1.half A ${at(29)}\nns2.half A ${at(23)}
      self NS ns.self
      knot NS ns.tie.test.`,
    test: `${soa}@ NS ns\nns A ${at(21)}
      esp NS ns1.esp\nns1.esp A ${at(23)}
      tie NS ns.knot.example.`,
  },
  [at(22)]: {
    "customer.example": `${soa}@ NS ns\nns A ${at(22)}
      s1._domainkey 600 CNAME s1.dkim.esp.example.
      s2._domainkey 600 CNAME gone.dkim.esp.example.
      s3._domainkey 600 CNAME s3.dkim.esp.example.
      loop CNAME loop2\nloop2 CNAME loop
      long CNAME c1.esp.example.
      both CNAME s1.dkim.esp.example.\nboth TXT "own"
      txt TXT "plain"
      a.ent TXT "x"`,
  },
  [at(23)]: {
    "esp.example": `${soa}@ NS ns1.esp.test.
      s1.dkim 300 TXT "v=DKIM1; " "p=abc"
      s3.dkim 300 TXT "v=DKIM1; k=ed25519; p=${publicKeyText(createPublicKey(ed25519.privateKey))}"
      ${Array.from({ length: 12 }, (_, index) => `c${index + 1} CNAME c${index + 2}`).join("\n      ")}
      c13 TXT "end"`,
    "esp.test": `${soa}@ NS ns1\nns1 A ${at(23)}\nns2 A ${at(23)}`,
    "half.example": `${soa}@ NS ns1\ntxt TXT "half"`,
  },
};
const servers = new Map(Object.entries(zones).map(([address, files]) => [address, authorityFor(files)]));
const sound = ({ address, query }: Pick<QuerySeen, "address" | "query">): Message | undefined =>
  servers.get(address)?.(query);
const silentAt29: Behaviour = (seen) => (seen.address === at(29) ? undefined : sound(seen));

/** `_domainkey.news.customer.example DNAME dkim.esp.example`, and the alias that a server makes of it (RFC 6672 §3.1). */
const renamed: Behaviour = (seen) => {
  const branch = "_domainkey.news.customer.example";
  if (seen.address !== at(22) || seen.name !== `s3.${branch}`) return sound(seen);
  const answers = [
    { name: branch, type: TYPE.DNAME, ttl: 600, data: nameData("dkim.esp.example") },
    { name: seen.name, type: TYPE.CNAME, ttl: 600, data: nameData("s3.dkim.esp.example") },
  ];
  return replyTo(seen.query, { answers });
};

let authority: Authority | undefined;
afterEach(async () => {
  await authority?.close();
  authority = undefined;
});

async function resolve(name: string, type: number, options: IterativeOptions = {}, behave: Behaviour = silentAt29) {
  authority = await startAuthority([20, 21, 22, 23, 29].map(at), behave);
  const root = [{ name: "ns.root", addresses: [at(20)] }];
  const resolver = createIterativeResolver({ root, authorityPort: authority.port, timeoutMs: 100, ...options });
  return resolver.lookup(name, type);
}
const textsOf = (records: readonly ResourceRecord[]): string[] =>
  records.map((record) => readTxt(record.data).join(""));

describe("a walk from the root", () => {
  test("AUD-C-01 follows aliases across zones and says who said what", async () => {
    const resolution = await resolve("s1._domainkey.customer.example", TYPE.TXT);
    expect(resolution).toMatchObject({
      outcome: "present",
      finalName: "s1.dkim.esp.example",
      aliases: [
        {
          name: "s1._domainkey.customer.example",
          target: "s1.dkim.esp.example",
          ttl: 600,
          zone: "customer.example",
          server: `${at(22)}:${authority?.port}`,
        },
      ],
    });
    expect(textsOf(resolution.records)).toEqual(["v=DKIM1; p=abc"]);
    expect(resolution.zones.map((zone) => zone.apex)).toEqual([
      "example",
      "customer.example",
      "esp.example",
      "test",
      "esp.test",
    ]);
    expect(resolution.exchanges[0]).toMatchObject({
      name: "s1._domainkey.customer.example",
      type: "TXT",
      result: "NOERROR",
    });
    expect(JSON.parse(JSON.stringify(resolution.exchanges))).toEqual(resolution.exchanges);
  });

  test.each([
    ["an alias", "customer.example", sound],
    ["a renamed branch (DNAME)", "news.customer.example", renamed],
  ])("DKIM-K-01 a signature verifies with the key that %s leads to", async (_what, signingDomain, behave) => {
    const message = Buffer.from(`From: x@${signingDomain}\r\n\r\nHi.\r\n`);
    const keys = [{ signingDomain, selector: "s3", privateKey: ed25519.privateKey }];
    const signed = Buffer.concat([await sign(message, { keys, now: 1 }), message]);
    const resolveTxt = txtResolver({ lookup: (name, type) => resolve(name, type, {}, behave) });
    expect(await verify(signed, { resolveTxt, now: 1 })).toMatchObject([{ result: "pass", keyBits: 256 }]);
  });

  const ends: [name: string, type: number, expected: object][] = [
    ["txt.customer.example", TYPE.TXT, { outcome: "present", aliases: [] }],
    ["txt.customer.example", TYPE.A, { outcome: "absent", reason: "nodata", negativeTtl: 300, rcode: RCODE.NOERROR }],
    ["ent.customer.example", TYPE.TXT, { outcome: "absent", reason: "nodata" }],
    ["none.customer.example", TYPE.TXT, { outcome: "absent", reason: "nxdomain", rcode: RCODE.NXDOMAIN }],
    [
      "s2._domainkey.customer.example",
      TYPE.TXT,
      { outcome: "absent", reason: "nxdomain", finalName: "gone.dkim.esp.example" },
    ],
    ["s2._domainkey.customer.example", TYPE.CNAME, { outcome: "present", aliases: [] }],
    ["loop.customer.example", TYPE.TXT, { outcome: "unknown", reason: "alias-loop", aliases: [{}, {}] }],
    ["long.customer.example", TYPE.TXT, { outcome: "unknown", reason: "alias-chain-too-long" }],
    ["x.dead.example", TYPE.TXT, { outcome: "unknown", reason: "timeout" }],
    ["x.lame.example", TYPE.TXT, { outcome: "unknown", reason: "refused", rcode: RCODE.REFUSED }],
    ["x.self.example", TYPE.TXT, { outcome: "unknown", reason: "no-servers" }],
    ["x.knot.example", TYPE.TXT, { outcome: "unknown", reason: "no-servers" }],
    ["customer.example", TYPE.DS, { outcome: "absent", reason: "nodata" }],
    ["customer.example", TYPE.NS, { outcome: "present" }],
    ["nothing.invalid", TYPE.TXT, { outcome: "absent", reason: "nxdomain" }],
  ];
  test.each(ends)("AUD-C-03 %s type %i ends as it should", async (name, type, expected) => {
    expect(await resolve(name, type)).toMatchObject(expected);
  });

  test("RES-07 aliases are followed as far as the caller allows", async () => {
    const resolution = await resolve("long.customer.example", TYPE.TXT, { aliasesMax: 16 });
    expect(textsOf(resolution.records)).toEqual(["end"]);
    expect(resolution.aliases).toHaveLength(13);
  });

  test("RES-04 a silent server does not hide the one that answers", async () => {
    const resolution = await resolve("txt.half.example", TYPE.TXT);
    expect(textsOf(resolution.records)).toEqual(["half"]);
  });

  test("a server that gives an alias and other data is believed in both", async () => {
    const behave: Behaviour = (seen) => {
      const reply = sound(seen);
      if (!reply || seen.name !== "both.customer.example") return reply;
      return { ...reply, answers: reply.answers.toReversed() };
    };
    const resolution = await resolve("both.customer.example", TYPE.TXT, {}, behave);
    expect(textsOf(resolution.records)).toEqual(["own"]);
    expect(resolution.aliases).toMatchObject([{ name: "both.customer.example", target: "s1.dkim.esp.example" }]);
  });
});

describe("hostile zones", () => {
  const evilAt22 =
    (reply: (seen: QuerySeen) => ReturnType<Behaviour>): Behaviour =>
    (seen) =>
      seen.address === at(22) ? reply(seen) : silentAt29(seen);
  const a = (name: string, address: string): ResourceRecord => ({
    name,
    type: TYPE.A,
    ttl: 9,
    data: Uint8Array.from(address.split("."), Number),
  });
  const ns = (name: string, target: string): ResourceRecord => ({
    name,
    type: TYPE.NS,
    ttl: 9,
    data: nameData(target),
  });

  test("RES-02 only what stands at the name asked is believed", async () => {
    const behave = evilAt22(({ query, name }) =>
      replyTo(query, {
        answers: [
          { name, type: TYPE.CNAME, ttl: 9, data: nameData("s1.dkim.esp.example") },
          { name: "s1.dkim.esp.example", type: TYPE.TXT, ttl: 9, data: txtData("poison") },
        ],
      }),
    );
    const resolution = await resolve("s1._domainkey.customer.example", TYPE.TXT, {}, behave);
    expect(textsOf(resolution.records)).toEqual(["v=DKIM1; p=abc"]);
  });

  test("RES-02 glue outside the referring zone is not used", async () => {
    const behave = evilAt22(({ query, name }) =>
      name.endsWith("sub.customer.example")
        ? replyTo(query, {
            authoritative: false,
            authority: [ns("sub.customer.example", "ns1.esp.test")],
            additional: [a("ns1.esp.test", at(29))],
          })
        : sound({ address: at(22), query }),
    );
    await resolve("x.sub.customer.example", TYPE.TXT, {}, behave);
    expect(authority?.asked.some((seen) => seen.address === at(29))).toBe(false);
  });

  const lame: [what: string, reply: (seen: QuerySeen) => ReturnType<Behaviour>, reason: string][] = [
    [
      "an upward referral",
      ({ query }) => replyTo(query, { authoritative: false, authority: [ns(".", "ns.root")] }),
      "lame",
    ],
    [
      "a referral to itself",
      ({ query }) =>
        replyTo(query, { authoritative: false, authority: [ns("customer.example", "ns.customer.example")] }),
      "lame",
    ],
    [
      "a referral sideways",
      ({ query }) => replyTo(query, { authoritative: false, authority: [ns("other.example", "ns.root")] }),
      "lame",
    ],
    [
      "NXDOMAIN without authority",
      ({ query }) => replyTo(query, { authoritative: false, rcode: RCODE.NXDOMAIN }),
      "lame",
    ],
    [
      "data without authority",
      ({ query, name }) =>
        replyTo(query, { authoritative: false, answers: [{ name, type: TYPE.TXT, ttl: 1, data: txtData("x") }] }),
      "lame",
    ],
    ["SERVFAIL", ({ query }) => replyTo(query, { rcode: RCODE.SERVFAIL }), "servfail"],
    ["NOTAUTH", ({ query }) => replyTo(query, { rcode: RCODE.NOTAUTH }), "other-rcode"],
  ];
  test.each(lame)("RES-02 %s is no answer", async (_, reply, reason) => {
    const resolution = await resolve("x.customer.example", TYPE.TXT, {}, evilAt22(reply));
    expect(resolution).toMatchObject({ outcome: "unknown", reason });
  });

  test("RES-07 ever deeper referrals end", async () => {
    const name = `${"a.".repeat(60)}customer.example`;
    const behave = evilAt22(({ query, name: asked }) => {
      const depth = (authority?.asked.filter((seen) => seen.address === at(22)).length ?? 1) + 2;
      const apex = asked.split(".").slice(-depth).join(".");
      return replyTo(query, {
        authoritative: false,
        authority: [ns(apex, `ns.${apex}`)],
        additional: [a(`ns.${apex}`, at(22))],
      });
    });
    const resolution = await resolve(name, TYPE.TXT, {}, behave);
    expect(resolution).toMatchObject({ outcome: "unknown", reason: "referral-limit" });
  });

  test("RES-07 a delegation to a thousand names without addresses costs few queries (NXNSAttack)", async () => {
    const behave = evilAt22(({ query, name }) => {
      const targets = Array.from({ length: 200 }, (_, index) => `n${index}.nx${index}.customer.example`);
      const apex = name.split(".").slice(-3).join(".");
      return replyTo(query, { authoritative: false, authority: targets.map((target) => ns(apex, target)) });
    });
    const patient = { timeoutMs: 5000, totalMs: 15_000, queriesMax: 500 }; // a retry on a busy machine would count
    const resolution = await resolve("x.sub.customer.example", TYPE.TXT, patient, behave);
    expect(resolution.outcome).toBe("unknown");
    expect(authority?.asked.length).toBeLessThanOrEqual(60); // without the limits: hundreds
  });

  test("RES-07 a budget shared with other lookups ends this one", async () => {
    const budget = { queriesLeft: 2 };
    const resolution = await resolve("txt.customer.example", TYPE.TXT, { budget });
    expect(resolution).toMatchObject({ outcome: "unknown", reason: "query-limit" });
    expect(budget.queriesLeft).toBe(0);
  });

  test("AUD-D-03 a delegation into a private network is not followed on the public internet", async () => {
    const resolution = await resolve("txt.customer.example", TYPE.TXT, { addresses: "public" });
    expect(resolution).toMatchObject({ outcome: "unknown", reason: "special-address" });
    expect(authority?.asked).toEqual([]);
  });

  test("R-51 queries to one server wait for their turn", async () => {
    const pacing = new Pacing({ perSecond: 20, burst: 1 });
    const started = performance.now();
    expect(await resolve("long.customer.example", TYPE.TXT, { pacing, aliasesMax: 5 })).toMatchObject({
      aliases: { length: 6 },
    });
    expect(performance.now() - started).toBeGreaterThan(150);
  });

  const extremes: [what: string, behave: Behaviour, expected: object][] = [
    [
      "64 KB of TXT comes over TCP",
      evilAt22(({ query, name, transport }) => {
        const answers = Array.from({ length: 14 }, () => ({
          name,
          type: TYPE.TXT,
          ttl: 1,
          data: txtData("x".repeat(4500)),
        }));
        return transport === "udp" ? replyTo(query, { truncated: true }) : replyTo(query, { answers });
      }),
      { outcome: "present", records: { length: 14 } },
    ],
    [
      "400 strings in one record are one record",
      evilAt22(({ query, name }) =>
        replyTo(query, { answers: [{ name, type: TYPE.TXT, ttl: 1, data: new Uint8Array(400) }] }),
      ),
      { outcome: "present", records: { length: 1 } },
    ],
    [
      "BADVERS to EDNS is an old server",
      evilAt22(({ query, name }) =>
        query.edns
          ? replyTo(query, { rcode: RCODE.BADVERS })
          : replyTo(query, { answers: [{ name, type: TYPE.TXT, ttl: 1, data: txtData("x") }] }),
      ),
      { outcome: "present" },
    ],
    [
      "TC from a server that then says nothing over TCP is a timeout",
      evilAt22(({ query, transport }) => (transport === "udp" ? replyTo(query, { truncated: true }) : undefined)),
      { outcome: "unknown", reason: "timeout" },
    ],
    [
      "an alias to the root is followed to nothing",
      evilAt22(({ query, name }) =>
        replyTo(query, { answers: [{ name, type: TYPE.CNAME, ttl: 1, data: nameData(".") }] }),
      ),
      { outcome: "absent", finalName: "." },
    ],
    [
      "a name server that sends garbage is malformed",
      evilAt22(({ query }) => formatMessage(replyTo(query, { authority: [ns("x", "y")] })).slice(0, -5)),
      { outcome: "unknown", reason: "malformed" },
    ],
  ];
  test.each(extremes)("%s", async (_, behave, expected) => {
    expect(await resolve("x.customer.example", TYPE.TXT, {}, behave)).toMatchObject(expected);
  });

  test("RES-04 the time of a name is limited whatever its servers do", async () => {
    // The time of one query alone is longer than a test may take.
    const resolution = await resolve(
      "x.customer.example",
      TYPE.TXT,
      { totalMs: 300, timeoutMs: 60_000 },
      evilAt22(() => undefined),
    );
    expect(resolution).toMatchObject({ outcome: "unknown", reason: "timeout" });
  });

  test("RES-05 R-51 a zone whose every server was silent is asked again only after a rest", async () => {
    let now = 100;
    const backoff = new Backoff(() => now);
    const resolution = await resolve("x.dead.example", TYPE.TXT, { backoff, timeoutMs: 40 });
    expect(resolution).toMatchObject({ outcome: "unknown", reason: "timeout" });
    const port = authority?.port ?? 0;
    const root = [{ name: "ns.root", addresses: [at(20)] }];
    const again = createIterativeResolver({ root, authorityPort: port, timeoutMs: 40, backoff });
    const asksOfDead = async (name: string): Promise<number> => {
      const before = authority?.asked.length ?? 0;
      expect(await again.lookup(name, TYPE.TXT)).toMatchObject({ outcome: "unknown", reason: "timeout" });
      return (authority?.asked ?? []).slice(before).filter((seen) => seen.address === at(29)).length;
    };
    expect(await asksOfDead("y.dead.example")).toBe(0);
    now += 1.5;
    expect(await asksOfDead("z.dead.example")).toBeGreaterThan(0);
  });

  test("RES-08 a name is asked for in full, so that a server that denies its empty ancestor does not hide it", async () => {
    const ancestor = "_domainkey.customer.example";
    const behave = evilAt22(({ query, name }) =>
      name === ancestor ? replyTo(query, { rcode: RCODE.NXDOMAIN }) : sound({ address: at(22), query }),
    );
    const key = await resolve(`s1.${ancestor}`, TYPE.TXT, {}, behave);
    expect(key).toMatchObject({ outcome: "present", finalName: "s1.dkim.esp.example" });
    const asked = authority?.asked.filter((seen) => seen.address === at(22)) ?? [];
    expect(asked.map((seen) => seen.name)).toEqual([`s1.${ancestor}`]);
    await authority?.close();
    // What a resolver that asks label by label (RFC 9156) sees, and would stop at.
    expect(await resolve(ancestor, TYPE.A, {}, behave)).toMatchObject({ outcome: "absent", reason: "nxdomain" });
  });

  test("RES-10 packet, server, time and duration of each query are kept as evidence", async () => {
    const { exchanges } = await resolve("txt.customer.example", TYPE.TXT, { keepPackets: true });
    expect(exchanges.map(({ server }) => server)).toEqual([20, 21, 22].map((last) => `${at(last)}:${authority?.port}`));
    const reply = parseMessage(Buffer.from(exchanges.at(-1)?.packet ?? "", "base64"));
    expect(reply.ok && textsOf(reply.value.answers)).toEqual(["plain"]);
    for (const [index, { afterMs, rttMs }] of exchanges.entries()) {
      expect(rttMs).toBeGreaterThan(0);
      expect(afterMs).toBeGreaterThanOrEqual(exchanges[index - 1]?.afterMs ?? 0);
    }
  });

  test("an address record is read as it was given", async () => {
    const resolution = await resolve("ns.customer.example", TYPE.A);
    expect(resolution.records.map((record) => readAddress(record.data))).toEqual([at(22)]);
  });
});
