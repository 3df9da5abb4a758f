import { afterEach, describe, expect, test } from "vitest";
import { formatMessage, parseMessage, RCODE, readSoa, TYPE, type Message, plainQuery } from "chancery/dns";
import { createRecursiveResolver, type AnswerQuery } from "./recursive.ts";
import { authorityFor, startAuthority, type Authority, type Behaviour } from "./test-authority.ts";

const at = (last: number): string => `127.53.60.${last}`;
const soa = "@ 3600 SOA ns hostmaster 7 3600 600 86400 300\n";
const root = authorityFor({
  ".": `${soa}example. 3600 NS ns.example.\nns.example. 3600 A ${at(81)}
    dead.example. NS ns.dead.example.\nns.dead.example. A ${at(82)}`,
});
const zone = authorityFor({
  example: `${soa}@ NS ns\nns A ${at(81)}
    s1 600 CNAME s1.dkim
    s1.dkim 60 TXT "key"
    gone 600 CNAME nowhere
    loop CNAME loop
    big TXT ${Array.from({ length: 8 }, () => `"${"x".repeat(200)}"`).join(" ")}`,
});

let authority: Authority | undefined;
let now = 1000;
afterEach(async () => {
  await authority?.close();
  authority = undefined;
});

const behave: Behaviour = ({ address, query }) => {
  if (address === at(82)) return undefined;
  return address === at(80) ? root(query) : zone(query);
};
async function resolver(): Promise<AnswerQuery> {
  authority = await startAuthority([80, 81, 82].map(at), behave);
  return createRecursiveResolver({
    root: [{ name: "ns.root", addresses: [at(80)] }],
    authorityPort: authority.port,
    timeoutMs: 50,
    clock: () => now,
  }).answer;
}

const query = (name: string, type: number = TYPE.TXT, fields: Partial<Message> = {}): Uint8Array =>
  formatMessage(plainQuery(name, type, { id: 77, recursionDesired: true, ...fields }));
const edns = { udpSize: 4096, version: 0, dnssecOk: false, extendedRcode: 0, options: [] };

async function reply(answer: AnswerQuery, bytes: Uint8Array, transport: "udp" | "tcp" = "udp"): Promise<Message> {
  const replied = await answer(bytes, { transport });
  const parsed = replied ? parseMessage(replied) : undefined;
  if (!parsed?.ok) throw new Error("no reply");
  return parsed.value;
}

describe("a resolver for others", () => {
  test("gives the whole chain, in order, with RA and without AA, the question as it was spelt", async () => {
    const message = await reply(await resolver(), query("S1.Example"));
    expect(message).toMatchObject({
      id: 77,
      response: true,
      recursionAvailable: true,
      recursionDesired: true,
      authoritative: false,
    });
    expect(message.questions[0]?.name).toBe("S1.Example");
    expect(message.answers.map(({ name, type, ttl }) => [name, type, ttl])).toEqual([
      ["s1.example", TYPE.CNAME, 600],
      ["s1.dkim.example", TYPE.TXT, 60],
    ]);
  });

  test("RES-05 DKIM-K-23 remembers for as long as the TTL, which counts down", async () => {
    const answer = await resolver();
    await reply(answer, query("s1.example"));
    const asked = authority?.asked.length;
    now += 40;
    const { answers } = await reply(answer, query("s1.example"));
    expect(answers.map((record) => record.ttl)).toEqual([560, 20]);
    expect(await reply(answer, query("s1.example", TYPE.CNAME))).toMatchObject({
      answers: [{ type: TYPE.CNAME, ttl: 560 }],
    });
    expect(authority?.asked).toHaveLength(asked ?? 0);
    now += 30;
    expect((await reply(answer, query("s1.example"))).answers.map((record) => record.ttl)).toEqual([530, 60]);
    expect(authority?.asked).toHaveLength((asked ?? 0) + 1);
  });

  const absences: [name: string, type: number, rcode: number, aliases: number][] = [
    ["none.example", TYPE.TXT, RCODE.NXDOMAIN, 0],
    ["dkim.example", TYPE.TXT, RCODE.NOERROR, 0],
    ["s1.dkim.example", TYPE.A, RCODE.NOERROR, 0],
    ["gone.example", TYPE.TXT, RCODE.NXDOMAIN, 1],
  ];
  test.each(absences)(
    "RES-05 DKIM-K-23 %s type %i is absent for the time of its SOA",
    async (name, type, rcode, aliases) => {
      const answer = await resolver();
      const first = await reply(answer, query(name, type));
      expect(first.rcode).toBe(rcode);
      expect(first.answers).toHaveLength(aliases);
      expect(first.authority).toMatchObject([{ name: "example", type: TYPE.SOA, ttl: 300 }]);
      expect(readSoa(first.authority[0]?.data ?? new Uint8Array(0)).serial).toBe(7);
      const asked = authority?.asked.length;
      now += 100;
      expect((await reply(answer, query(name, type))).authority).toMatchObject([{ ttl: 200 }]);
      expect(authority?.asked).toHaveLength(asked ?? 0);
      now += 201;
      await reply(answer, query(name, type));
      expect(authority?.asked.length).toBeGreaterThan(asked ?? 0);
    },
  );

  test("RES-05 R-20 a failure is remembered for five seconds, not longer", async () => {
    const answer = await resolver();
    const asks = async (): Promise<number> => {
      expect((await reply(answer, query("x.dead.example"))).rcode).toBe(RCODE.SERVFAIL);
      return authority?.asked.filter((seen) => seen.address === at(82)).length ?? 0;
    };
    const asked = await asks();
    now += 4;
    expect(await asks()).toBe(asked);
    now += 2;
    expect(await asks()).toBeGreaterThan(asked);
  });

  test("DKIM-K-23 a loop of aliases is SERVFAIL", async () => {
    expect((await reply(await resolver(), query("loop.example"))).rcode).toBe(RCODE.SERVFAIL);
  });

  test("the same question from many at once is asked once", async () => {
    const answer = await resolver();
    await Promise.all(Array.from({ length: 20 }, () => reply(answer, query("s1.dkim.example"))));
    expect(authority?.asked.filter((seen) => seen.address === at(81))).toHaveLength(1);
  });

  test("what does not fit is cut to nothing with TC, and whole over TCP", async () => {
    const answer = await resolver();
    expect(await reply(answer, query("big.example"))).toMatchObject({ truncated: true, answers: [] });
    expect(await reply(answer, query("big.example", TYPE.TXT, { edns }))).toMatchObject({
      truncated: true,
      edns: { udpSize: 1232 },
    });
    const { answers } = await reply(answer, query("big.example"), "tcp");
    expect(answers[0]?.data.length).toBe(1608);
  });

  const refusals: [what: string, bytes: Uint8Array, rcode: number][] = [
    ["no recursion wanted", query("s1.example", TYPE.TXT, { recursionDesired: false }), RCODE.REFUSED],
    ["another class", query("x", TYPE.TXT, { questions: [{ name: "x", type: TYPE.TXT, class: 3 }] }), RCODE.REFUSED],
    ["no question", query("x", TYPE.TXT, { questions: [] }), RCODE.FORMERR],
    ["octets too many", Uint8Array.from([...query("x"), 1]), RCODE.FORMERR],
    ["a zone transfer", query("example", TYPE.AXFR), RCODE.NOTIMP],
    ["an update", query("example", TYPE.SOA, { opcode: 5 }), RCODE.NOTIMP],
    ["EDNS of the future", query("example", TYPE.TXT, { edns: { ...edns, version: 1 } }), RCODE.BADVERS],
  ];
  test.each(refusals)("%s is refused in one reply", async (_, bytes, rcode) => {
    expect(await reply(await resolver(), bytes)).toMatchObject({ id: 77, rcode, answers: [] });
  });

  test("a reply and a scrap of a message get silence", async () => {
    const answer = await resolver();
    expect(await answer(query("x", TYPE.TXT, { response: true }), { transport: "udp" })).toBeUndefined();
    expect(await answer(new Uint8Array(11), { transport: "udp" })).toBeUndefined();
  });
});
