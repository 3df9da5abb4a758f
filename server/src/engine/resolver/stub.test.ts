import { afterEach, describe, expect, test } from "vitest";
import { nameData, RCODE, readTxt, soaData, TYPE, txtData, type Message, type ResourceRecord } from "chancery/dns";
import { createStubResolver, parseServer } from "./stub.ts";
import { replyTo, startAuthority, type Authority, type Behaviour } from "./test-authority.ts";

const first = "127.53.60.40";
const second = "127.53.60.41";
const name = "s1._domainkey.customer.example";
const cname = (owner: string, target: string): ResourceRecord => ({
  name: owner,
  type: TYPE.CNAME,
  ttl: 600,
  data: nameData(target),
});
const txt = (owner: string, text = "key"): ResourceRecord => ({
  name: owner,
  type: TYPE.TXT,
  ttl: 60,
  data: txtData(text),
});
const soa: ResourceRecord = {
  name: "example",
  type: TYPE.SOA,
  ttl: 3600,
  data: soaData({ mname: "ns.example", rname: "h.example", serial: 1, refresh: 2, retry: 3, expire: 4, minimum: 120 }),
};

/** RFC 4034 §4.1; all types of the first window. */
function nsec(owner: string, ...types: number[]): ResourceRecord {
  const bitmap = new Uint8Array(17);
  for (const type of types) bitmap[type >> 3]! |= 0x80 >> (type & 7);
  const data = Buffer.concat([nameData(`\\000.${owner}`), Uint8Array.of(0, bitmap.length), bitmap]);
  return { name: owner, type: TYPE.NSEC, ttl: 60, data };
}

let authority: Authority | undefined;
afterEach(async () => {
  await authority?.close();
  authority = undefined;
});

async function ask(behave: Behaviour, totalMs = 5000) {
  authority = await startAuthority([first, second], behave);
  const { port } = authority;
  const servers = [first, second].map((address) => ({ address, port }));
  return createStubResolver({ servers, timeoutMs: 60, totalMs }).lookup(name, TYPE.TXT);
}
const recursive = (query: Message, fields: Partial<Message>): Message =>
  replyTo(query, { authoritative: false, recursionAvailable: true, ...fields });

describe("a stub", () => {
  const replies: [what: string, fields: Partial<Message>, expected: object][] = [
    ["a record", { answers: [txt(name)] }, { outcome: "present", aliases: [], finalName: name }],
    ["a validated record", { answers: [txt(name)], authenticData: true }, { outcome: "present", authenticData: true }],
    [
      "a chain in any order",
      { answers: [txt("c.example"), cname("b.example", "c.example"), cname(name, "b.example")] },
      {
        outcome: "present",
        finalName: "c.example",
        aliases: [
          { name, target: "b.example", ttl: 600 },
          { name: "b.example", target: "c.example" },
        ],
      },
    ],
    ["nothing at the name", { authority: [soa] }, { outcome: "absent", reason: "nodata", negativeTtl: 120 }],
    ["nothing, without a SOA", {}, { outcome: "absent", reason: "nodata" }],
    [
      "DMARC-T-10 no such name, denied in the compact way",
      { authority: [soa, nsec(name, TYPE.RRSIG, TYPE.NSEC, TYPE.NXNAME)] },
      { outcome: "absent", reason: "nxdomain", negativeTtl: 120 },
    ],
    [
      "DMARC-T-10 a name of other types",
      { authority: [soa, nsec(name, TYPE.MX, TYPE.RRSIG, TYPE.NSEC)] },
      { outcome: "absent", reason: "nodata" },
    ],
    [
      "DMARC-T-10 a denial of another name",
      { authority: [soa, nsec("other.example", TYPE.NXNAME)] },
      { outcome: "absent", reason: "nodata" },
    ],
    ["no such name", { rcode: RCODE.NXDOMAIN, authority: [soa] }, { outcome: "absent", reason: "nxdomain" }],
    [
      "a dangling alias",
      { rcode: RCODE.NXDOMAIN, answers: [cname(name, "gone.example")] },
      { outcome: "absent", reason: "nxdomain", finalName: "gone.example" },
    ],
    [
      "a loop",
      { answers: [cname(name, "b.example"), cname("b.example", name)] },
      { outcome: "unknown", reason: "alias-loop" },
    ],
    [
      "a chain without end",
      {
        answers: Array.from({ length: 20 }, (_, index) =>
          cname(index ? `c${index}.example` : name, `c${index + 1}.example`),
        ),
      },
      { outcome: "unknown", reason: "alias-chain-too-long" },
    ],
    [
      "an alias beside a record",
      { answers: [cname(name, "b.example"), txt(name, "own"), txt("b.example", "other")] },
      { outcome: "present", finalName: name, aliases: [{ name, target: "b.example" }] },
    ],
  ];
  test("DMARC-T-10 asks for DNSSEC records where that is wanted", async () => {
    authority = await startAuthority([first], ({ query }) => recursive(query, { answers: [txt(name)] }));
    const servers = [{ address: first, port: authority.port }];
    await createStubResolver({ servers, dnssecOk: true }).lookup(name, TYPE.TXT);
    await createStubResolver({ servers }).lookup(name, TYPE.TXT);
    expect(authority.asked.map(({ query }) => query.edns?.dnssecOk)).toEqual([true, false]);
  });

  test.each(replies)("reads %s", async (_, fields, expected) => {
    expect(await ask(({ query }) => recursive(query, fields))).toMatchObject(expected);
    expect(authority?.asked[0]?.query).toMatchObject({ recursionDesired: true, authenticData: true });
    expect(authority?.asked).toHaveLength(1);
  });

  test.each([RCODE.SERVFAIL, RCODE.REFUSED, undefined])(
    "RES-04 asks the next resolver when the first says %s",
    async (bad) => {
      const resolution = await ask(({ query, address }) => {
        if (address === second) return recursive(query, { answers: [txt(name)] });
        return bad === undefined ? undefined : recursive(query, { rcode: bad });
      });
      expect(resolution.outcome).toBe("present");
      expect(resolution.exchanges.map((seen) => seen.server.split(":")[0])).toEqual([first, second]);
    },
  );

  const failures: [what: string, behave: Behaviour, reason: string][] = [
    ["SERVFAIL", ({ query }) => recursive(query, { rcode: RCODE.SERVFAIL }), "servfail"],
    ["REFUSED", ({ query }) => recursive(query, { rcode: RCODE.REFUSED }), "refused"],
    ["NOTIMP", ({ query }) => recursive(query, { rcode: RCODE.NOTIMP }), "other-rcode"],
    ["silence", () => undefined, "timeout"],
    ["a referral", ({ query }) => replyTo(query, { authoritative: false }), "lame"],
  ];
  test.each(failures)("%s from all is unknown, not absent", async (_, behave, reason) => {
    expect(await ask(behave)).toMatchObject({ outcome: "unknown", reason });
  });

  test("its time is limited", async () => {
    expect(await ask(() => undefined, 40)).toMatchObject({ outcome: "unknown", reason: "timeout" });
  });

  test("a server without recursion is asked again for the target of an alias", async () => {
    const resolution = await ask(({ query, name: asked }) =>
      replyTo(query, { answers: [asked === name ? cname(name, "b.example") : txt(asked)] }),
    );
    expect(resolution).toMatchObject({ outcome: "present", finalName: "b.example", aliases: [{ name }] });
    expect(readTxt(resolution.records[0]?.data ?? new Uint8Array(0))).toEqual(["key"]);
  });

  test("a server without recursion cannot send it in circles", async () => {
    const resolution = await ask(({ query, name: asked }) =>
      replyTo(query, { answers: [cname(asked, asked === name ? "b.example" : name)] }),
    );
    expect(resolution).toMatchObject({ outcome: "unknown", reason: "alias-loop" });
  });
});

describe("RES-12 a resolver that validates", () => {
  const asked = async (behave: Behaviour, trusted?: boolean) => {
    authority = await startAuthority([first], behave);
    const servers = [{ address: first, port: authority.port }];
    const options = { servers, dnssecOk: true, timeoutMs: 500, ...(trusted === undefined ? {} : { trusted }) };
    return createStubResolver(options).lookup(name, TYPE.TXT);
  };
  const answer =
    (fields: Partial<Message>): Behaviour =>
    ({ query }) =>
      recursive(query, fields);

  test("is believed to have found an answer secure where nobody else can have set the bit", async () => {
    expect((await asked(answer({ answers: [txt(name)], authenticData: true }))).dnssec).toEqual({ state: "secure" });
    await authority?.close();
    expect(await asked(answer({ answers: [txt(name)] }))).not.toHaveProperty("dnssec");
    await authority?.close();
    const elsewhere = await asked(answer({ answers: [txt(name)], authenticData: true }), false);
    expect(elsewhere).toMatchObject({ authenticData: true });
    expect(elsewhere).not.toHaveProperty("dnssec");
  });

  test("AUD-C-03 says SERVFAIL of a bogus answer, and has it where it need not validate", async () => {
    const behave: Behaviour = ({ query }) =>
      query.checkingDisabled ? recursive(query, { answers: [txt(name)] }) : recursive(query, { rcode: RCODE.SERVFAIL });
    const resolution = await asked(behave);
    expect(resolution).toMatchObject({ outcome: "unknown", reason: "bogus" });
    expect(authority?.asked.map(({ query }) => query.checkingDisabled)).toEqual([false, true]);
    await authority?.close();
    expect(await asked(answer({ rcode: RCODE.SERVFAIL }))).toMatchObject({ outcome: "unknown", reason: "servfail" });
  });
});

describe("resolvers as text", () => {
  test.each([
    ["127.0.0.1", { address: "127.0.0.1", port: 53 }],
    ["127.0.0.1:5300", { address: "127.0.0.1", port: 5300 }],
    ["localhost:5300", { address: "127.0.0.1", port: 5300 }],
    ["::1", { address: "::1", port: 53 }],
    ["[2001:db8::1]:5300", { address: "2001:db8::1", port: 5300 }],
    ["dns.example:53", undefined],
    ["127.0.0.1:0", undefined],
    ["127.0.0.1:65536", undefined],
    ["", undefined],
  ])("%s", (text, server) => expect(parseServer(text)).toEqual(server));
});
