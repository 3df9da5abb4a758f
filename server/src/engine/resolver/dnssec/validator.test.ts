import { afterEach, describe, expect, test } from "vitest";
import { RCODE, TYPE, type DnssecState, type Message } from "chancery/dns";
import { createIterativeResolver } from "../iterative.ts";
import type { Resolution } from "../resolution.ts";
import type { IterativeOptions } from "../session.ts";
import { authorityFor, replyTo, startAuthority, type Authority, type Behaviour } from "../test-authority.ts";
import { rrsigOf, signing, zoneKey, type Validity } from "./test-signer.ts";
import { rootTrustAnchors, trustAnchors } from "./trust-anchors.ts";
import type { ZoneTrustStore } from "./validation.ts";

const now = 1_800_000_000;
const valid: Validity = { inception: now - 3600, expiration: now + 3600 };
const over: Validity = { inception: now - 7200, expiration: now - 60 };
const at = (last: number): string => `127.53.63.${last}`;
const soa = "@ 3600 SOA ns hostmaster 1 3600 600 86400 300\n";
const [rootKey, topKey, customerKey, espKey] = [".", "example", "customer.example", "esp.example"].map(zoneKey) as [
  ReturnType<typeof zoneKey>,
  ReturnType<typeof zoneKey>,
  ReturnType<typeof zoneKey>,
  ReturnType<typeof zoneKey>,
];
const root = authorityFor({
  ".": `${soa}@ NS ns.root.\nexample. NS ns.example.\nns.example. A ${at(2)}\nexample. DS ${topKey.ds}`,
});
const top = authorityFor({
  example: `${soa}@ NS ns\nns A ${at(2)}
    customer NS ns1.customer\ncustomer NS ns2.customer\nns1.customer A ${at(3)}\nns2.customer A ${at(4)}
    customer DS ${customerKey.ds}
    esp NS ns.esp\nns.esp A ${at(5)}\nesp DS ${espKey.ds}
    plain NS ns.plain\nns.plain A ${at(5)}`,
});
const customer = authorityFor({
  "customer.example": `${soa}@ NS ns1\n@ NS ns2\nns1 A ${at(3)}\nns2 A ${at(4)}
    s1._domainkey CNAME s1.esp.example.
    s2._domainkey CNAME s2.plain.example.
    own._domainkey TXT "v=DKIM1; p=abc"`,
});
const esp = authorityFor({
  "esp.example": `${soa}@ NS ns\ns1 TXT "v=DKIM1; p=abc"`,
  "plain.example": `${soa}@ NS ns\ns2 TXT "v=DKIM1; p=abc"`,
});

/** Every zone signed for `validityOf` its apex, by server. */
const lab = (validityOf: (apex: string) => Validity = () => valid): Map<string, (query: Message) => Message> =>
  new Map([
    [at(1), signing([rootKey], root, validityOf)],
    [at(2), signing([topKey], top, validityOf)],
    [at(3), signing([customerKey], customer, validityOf)],
    [at(4), signing([customerKey], customer, validityOf)],
    [at(5), signing([espKey], esp, validityOf)],
  ]);
const behaviourOf =
  (servers: ReturnType<typeof lab>): Behaviour =>
  ({ address, query }) =>
    servers.get(address)?.(query);

let authority: Authority | undefined;
afterEach(async () => {
  await authority?.close();
  authority = undefined;
});

async function resolver(behave: Behaviour, options: IterativeOptions = {}) {
  await authority?.close();
  authority = await startAuthority([1, 2, 3, 4, 5].map(at), behave);
  return createIterativeResolver({
    root: [{ name: "ns.root", addresses: [at(1)] }],
    authorityPort: authority.port,
    timeoutMs: 150,
    validation: { now, anchors: trustAnchors([`. ${rootKey.ds}`]) },
    ...options,
  });
}
const resolve = async (name: string, behave: Behaviour, type: number = TYPE.TXT): Promise<Resolution> =>
  (await resolver(behave)).lookup(name, type);
const statesOf = (resolution: Resolution): (DnssecState | undefined)[] => [
  ...resolution.aliases.map((alias) => alias.dnssec),
  resolution.dnssec,
];

/** The sound lab with one kind of reply changed. */
const changed =
  (when: (name: string, type: number, address: string) => boolean, change: (reply: Message) => Message): Behaviour =>
  (seen) => {
    const reply = lab().get(seen.address)?.(seen.query);
    return reply && when(seen.name, seen.type, seen.address) ? change(reply) : reply;
  };
const without = (type: number) => (reply: Message) => ({
  ...reply,
  answers: reply.answers.filter((record) => record.type !== type),
  authority: reply.authority.filter((record) => record.type !== type),
});

const own = "own._domainkey.customer.example";
const chain = "s1._domainkey.customer.example";
const secure: DnssecState = { state: "secure" };

describe("RES-12 the states of a chain", () => {
  test("AUD-C-14 each alias and the answer has its own", async () => {
    expect(statesOf(await resolve(chain, behaviourOf(lab())))).toEqual([secure, secure]);
    expect(statesOf(await resolve("s2._domainkey.customer.example", behaviourOf(lab())))).toEqual([
      secure,
      { state: "insecure", zone: "plain.example", reason: "no-ds" },
    ]);
  });

  test("AUD-C-14 signatures that ran out at the second name make it bogus, and say when", async () => {
    const behave = behaviourOf(lab((apex) => (apex === "esp.example" ? over : valid)));
    expect(statesOf(await resolve(chain, behave))).toEqual([
      secure,
      {
        state: "bogus",
        zone: "esp.example",
        record: { name: "esp.example", type: "DNSKEY" },
        reason: "signature-expired",
        keyTag: expect.any(Number),
        expiredAt: over.expiration,
      },
    ]);
  });

  const absences: [name: string, type: number, outcome: string][] = [
    ["none._domainkey.customer.example", TYPE.TXT, "nxdomain"],
    [own, TYPE.A, "nodata"],
    ["_domainkey.customer.example", TYPE.TXT, "nodata"],
  ];
  test.each(absences)("RES-13 DMARC-T-10 the absence of %s type %i is secure", async (name, type, reason) => {
    const resolution = await resolve(name, behaviourOf(lab()), type);
    expect(resolution).toMatchObject({ outcome: "absent", reason, dnssec: secure });
  });

  test("RES-13 a compact denial with NOERROR is a name that does not exist", async () => {
    const behave = changed(
      (name) => name === "none.customer.example",
      (reply) => ({ ...reply, rcode: RCODE.NOERROR }),
    );
    expect(await resolve("none.customer.example", behave)).toMatchObject({ reason: "nxdomain", dnssec: secure });
  });

  test("outside of what any trust anchor covers nothing is known", async () => {
    const validation = { now, anchors: trustAnchors([`esp.example. ${espKey.ds}`]) };
    const resolution = await (await resolver(behaviourOf(lab()), { validation })).lookup(chain, TYPE.TXT);
    expect(statesOf(resolution)).toEqual([
      { state: "indeterminate", zone: "customer.example", reason: "no-trust-anchor" },
      secure,
    ]);
  });

  test("without validation no DNSSEC records are asked for, and no state is given", async () => {
    authority = await startAuthority([1, 2, 3, 4, 5].map(at), behaviourOf(lab()));
    const options = { root: [{ name: "ns.root", addresses: [at(1)] }], authorityPort: authority.port };
    const resolution = await createIterativeResolver(options).lookup(own, TYPE.TXT);
    expect(resolution.outcome).toBe("present");
    expect(resolution).not.toHaveProperty("dnssec");
    expect(authority.asked.map(({ query }) => query.edns?.dnssecOk)).toEqual([false, false, false]);
  });

  test("the keys of the root that are believed are KSK-2017 and KSK-2024", () => {
    expect(rootTrustAnchors.get(".")?.map(({ keyTag }) => keyTag)).toEqual([20_326, 38_696]);
  });
});

describe("what breaks a chain", () => {
  const breaks: [what: string, behave: Behaviour, name: string, expected: object][] = [
    [
      "a record without its signature",
      changed((name, type) => name === own && type === TYPE.TXT, without(TYPE.RRSIG)),
      own,
      { state: "bogus", zone: "customer.example", reason: "signature-missing" },
    ],
    [
      "a denial without its proof",
      changed((name) => name === "none.customer.example", without(TYPE.NSEC)),
      "none.customer.example",
      { state: "bogus", zone: "customer.example", reason: "denial-missing" },
    ],
    [
      "another record than was signed",
      changed(
        (name, type) => name === own && type === TYPE.TXT,
        (reply) => ({
          ...reply,
          answers: reply.answers.map((record) =>
            record.type === TYPE.TXT ? { ...record, data: record.data.with(3, 0x78) } : record,
          ),
        }),
      ),
      own,
      { state: "bogus", zone: "customer.example", reason: "signature-mismatch" },
    ],
    [
      "AUD-D-06 a DS record, and no key of the zone at all",
      changed(
        (name, type) => name === "customer.example" && type === TYPE.DNSKEY,
        (reply) => ({ ...reply, answers: [] }),
      ),
      own,
      { state: "bogus", zone: "customer.example", reason: "dnskey-missing" },
    ],
    [
      "AUD-D-06 a DS record for another key",
      behaviourOf(
        lab()
          .set(
            at(3),
            signing([zoneKey("customer.example")], customer, () => valid),
          )
          .set(
            at(4),
            signing([zoneKey("customer.example")], customer, () => valid),
          ),
      ),
      own,
      { state: "bogus", zone: "customer.example", reason: "ds-without-key" },
    ],
    [
      "AUD-D-06 a DS record that the zone itself has signed",
      changed(
        (_, type, address) => address === at(2) && type !== TYPE.DNSKEY,
        (reply) => {
          const ds = [...reply.answers, ...reply.authority].filter((record) => record.type === TYPE.DS);
          if (ds.length === 0) return reply;
          const section = reply.answers.length > 0 ? "answers" : "authority";
          const others = without(TYPE.RRSIG)(reply)[section];
          return { ...reply, [section]: [...others, rrsigOf(ds, customerKey, valid)] };
        },
      ),
      own,
      {
        state: "bogus",
        zone: "example",
        record: { name: "customer.example", type: "DS" },
        reason: "signature-missing",
      },
    ],
    [
      "AUD-D-06 keys that are signed by one of them that the DS record does not name",
      changed(
        (name, type) => name === "customer.example" && type === TYPE.DNSKEY,
        (reply) => {
          const [first] = reply.answers;
          if (first?.type !== TYPE.DNSKEY) return reply;
          const rogue = zoneKey("customer.example");
          const answers = [first, { ...first, data: rogue.data }];
          return { ...reply, answers: [...answers, rrsigOf(answers, rogue, valid)] };
        },
      ),
      own,
      { state: "bogus", zone: "customer.example", reason: "signing-key-missing" },
    ],
    [
      "a denial that is not what was signed",
      changed(
        (name) => name === "none.customer.example",
        (reply) => ({
          ...reply,
          authority: reply.authority.map((record) =>
            record.type === TYPE.NSEC ? { ...record, data: record.data.with(1, 1) } : record,
          ),
        }),
      ),
      "none.customer.example",
      { state: "bogus", zone: "customer.example", reason: "signature-mismatch" },
    ],
    [
      "a denial that a wildcard makes of any name",
      changed(
        (name) => name === "none.customer.example",
        (reply) => {
          const nsec = reply.authority.find((record) => record.type === TYPE.NSEC);
          if (nsec === undefined || nsec.name !== "none.customer.example") return reply;
          const soaRecords = reply.authority.filter((record) => record.type === TYPE.SOA);
          return { ...reply, authority: [...soaRecords, nsec, rrsigOf([nsec], customerKey, valid, 2)] };
        },
      ),
      "none.customer.example",
      { state: "bogus", zone: "customer.example", reason: "denial-incomplete" },
    ],
    [
      "NXDOMAIN, and a proof that the name exists",
      changed(
        (name, _, address) => name === "_domainkey.customer.example" && address > at(2),
        (reply) => ({ ...reply, rcode: RCODE.NXDOMAIN }),
      ),
      "_domainkey.customer.example",
      { state: "bogus", zone: "customer.example", reason: "denial-incomplete" },
    ],
    [
      "the keys of the root are not those that are believed",
      behaviourOf(
        lab().set(
          at(1),
          signing([zoneKey(".")], root, () => valid),
        ),
      ),
      own,
      { state: "bogus", zone: ".", reason: "ds-without-key" },
    ],
    [
      "a parent's DS record that nobody signed",
      changed((_, type, address) => address === at(2) && type !== TYPE.DNSKEY, without(TYPE.RRSIG)),
      own,
      { state: "bogus", zone: "example" },
    ],
    [
      "a zone whose keys no server tells",
      changed(
        (name, type) => name === "customer.example" && type === TYPE.DNSKEY,
        (reply) => ({ ...reply, rcode: RCODE.SERVFAIL, answers: [] }),
      ),
      own,
      { state: "indeterminate", zone: "customer.example", reason: "not-reached", detail: "servfail" },
    ],
    [
      "servers from before EDNS below a DS record",
      ({ address, query }) => {
        if (address !== at(3) && address !== at(4)) return lab().get(address)?.(query);
        return query.edns ? replyTo(query, { rcode: RCODE.FORMERR }) : customer(query);
      },
      own,
      { state: "bogus", zone: "customer.example", reason: "dnskey-missing" },
    ],
  ];
  test.each(breaks)("%s", async (_, behave, name, expected) => {
    const resolution = await resolve(name, behave);
    expect(resolution.dnssec).toMatchObject(expected);
  });

  test("one server with old signatures does not make bogus what another serves well", async () => {
    const servers = lab().set(
      at(3),
      signing([customerKey], customer, () => over),
    );
    for (let tries = 0; tries < 4; tries++) {
      const resolution = await resolve(own, behaviourOf(servers));
      expect(resolution).toMatchObject({ outcome: "present", dnssec: secure });
    }
  });

  test("RES-13 a wildcard's records need a denial of the name itself", async () => {
    const name = "x.wild.customer.example";
    const expanded =
      (denial: "with" | "without"): Behaviour =>
      (seen) => {
        const reply = lab().get(seen.address)?.(seen.query);
        if (!reply || seen.name !== name || seen.type !== TYPE.TXT) return reply;
        const record = { name, type: TYPE.TXT, ttl: 60, data: Uint8Array.of(1, 0x61) };
        const answers = [record, rrsigOf([record], customerKey, valid, 3)];
        const nsec = { name: "a.wild.customer.example", type: TYPE.NSEC, ttl: 60, data: gap };
        const authority = denial === "with" ? [nsec, rrsigOf([nsec], customerKey, valid)] : [];
        return replyTo(seen.query, { answers, authority });
      };
    // From a.wild to z.wild: the next name, and a bitmap of A.
    const gap = Buffer.concat([Buffer.from("\x01z\x04wild\x08customer\x07example\0", "latin1"), Buffer.of(0, 1, 0x40)]);
    expect((await resolve(name, expanded("with"))).dnssec).toEqual(secure);
    expect((await resolve(name, expanded("without"))).dnssec).toMatchObject({
      state: "bogus",
      reason: "denial-incomplete",
      record: { name, type: "TXT" },
    });
  });
});

describe("R-51 the limits of validation", () => {
  test("a name costs no more queries than without, but for the keys of its zones", async () => {
    const resolution = await resolve(chain, behaviourOf(lab()));
    const keysAsked = resolution.exchanges.filter(({ type }) => type === "DNSKEY").map(({ name }) => name);
    expect(keysAsked.sort()).toEqual([".", "customer.example", "esp.example", "example"]);
    expect(resolution.exchanges).toHaveLength(5 + 4);
  });

  test("what one look-up learns of zones serves the next, even at the same time", async () => {
    const zones: ZoneTrustStore = new Map();
    const lookup = await resolver(behaviourOf(lab()), {
      validation: { now, anchors: trustAnchors([`. ${rootKey.ds}`]), zones },
    });
    const all = await Promise.all(
      [own, chain, own, "none.customer.example"].map((name) => lookup.lookup(name, TYPE.TXT)),
    );
    expect(all.flatMap(statesOf)).toEqual([secure, secure, secure, secure, secure]);
    const asked = authority?.asked.filter(({ type }) => type === TYPE.DNSKEY).map(({ name }) => name) ?? [];
    expect(asked.sort()).toEqual([".", "customer.example", "esp.example", "example"]);
  });

  test("what one look-up had no queries left for, the next finds out", async () => {
    const zones: ZoneTrustStore = new Map();
    const validation = { now, anchors: trustAnchors([`. ${rootKey.ds}`]), zones };
    const lookup = await resolver(behaviourOf(lab()), { validation, queriesMax: 4 });
    expect((await lookup.lookup(own, TYPE.TXT)).dnssec).toMatchObject({
      state: "indeterminate",
      reason: "not-reached",
      detail: "query-limit",
    });
    const port = authority?.port ?? 0;
    const again = createIterativeResolver({
      root: [{ name: "ns.root", addresses: [at(1)] }],
      authorityPort: port,
      validation,
    });
    expect((await again.lookup(own, TYPE.TXT)).dnssec).toEqual(secure);
  });

  test("a record with sixty signatures is given up after a few (KeyTrap)", async () => {
    const behave = changed(
      (name, type, address) => name === own && type === TYPE.TXT && address > at(2),
      (reply) => {
        const rrsig = reply.answers.find((record) => record.type === TYPE.RRSIG);
        const spoilt = rrsig && {
          ...rrsig,
          data: rrsig.data.with(rrsig.data.length - 1, (rrsig.data.at(-1) ?? 0) ^ 1),
        };
        return { ...reply, answers: [reply.answers[0]!, ...Array.from({ length: 60 }, () => spoilt!)] };
      },
    );
    expect((await resolve(own, behave)).dnssec).toMatchObject({ state: "bogus", reason: "signature-mismatch" });
  });
});
