import { afterEach, expect, test } from "vitest";
import { RCODE, TYPE, txtData } from "chancery/dns";
import { replyTo, startAuthority, type Authority, type Behaviour } from "../../../engine/resolver/test-authority.ts";
import { gatherVantagePoints } from "./vantage-points.ts";

const at = (last: number): string => `127.53.76.${last}`;
const keyName = "s1._domainkey.customer.example";

let authority: Authority | undefined;
afterEach(async () => {
  await authority?.close();
  authority = undefined;
});

const saying =
  (text: string, ttl: number): Behaviour =>
  ({ query, name }) =>
    replyTo(query, {
      recursionAvailable: true,
      authoritative: false,
      answers: [{ name, type: TYPE.TXT, ttl, data: txtData(text) }],
    });
const failing: Behaviour = ({ query }) => replyTo(query, { recursionAvailable: true, rcode: RCODE.SERVFAIL });

async function gather(behaviours: Behaviour[], keyNames: string[], keepPackets = false) {
  const addresses = behaviours.map((_, index) => at(index + 1));
  authority = await startAuthority(addresses, (seen) => behaviours[addresses.indexOf(seen.address)]?.(seen));
  const { port } = authority;
  return gatherVantagePoints({
    keyNames,
    resolvers: addresses.map((address) => ({ address, port })),
    options: { keepPackets, timeoutMs: 200, totalMs: 700 },
  });
}

test("RES-10 every resolver is asked for every name, and its answer kept with what is left of the TTL", async () => {
  const { vantagePoints, exchanges } = await gather([saying("new", 300), saying("old", 17), failing], [keyName], true);
  expect(vantagePoints).toMatchObject([
    {
      keyName,
      answers: [
        { resolver: expect.stringContaining(at(1)) as string, chain: { texts: [{ text: "new", ttlSeconds: 300 }] } },
        { resolver: expect.stringContaining(at(2)) as string, chain: { texts: [{ text: "old", ttlSeconds: 17 }] } },
        { resolver: expect.stringContaining(at(3)) as string, chain: { outcome: "unknown", reason: "servfail" } },
      ],
    },
  ]);
  const first = vantagePoints[0]?.answers[0];
  expect(first?.octets).toBeGreaterThan(12);
  expect(exchanges.every(({ server, rttMs, packet }) => server !== "" && rttMs >= 0 && packet !== undefined)).toBe(
    true,
  );
});

test("a resolver that is silent to the first name is asked no more", async () => {
  const names = [1, 2, 3].map((number) => `s${number}._domainkey.customer.example`);
  const { vantagePoints } = await gather([saying("key", 300), () => undefined], names);
  expect(vantagePoints.map(({ answers }) => answers.length)).toEqual([2, 1, 1]);
  const silent = authority?.asked.filter(({ address }) => address === at(2)) ?? [];
  expect(new Set(silent.map(({ name }) => name))).toEqual(new Set([names[0]]));
});

test("R-51 so many look-ups, whatever the number of names", async () => {
  const names = Array.from({ length: 300 }, (_, number) => `s${number}._domainkey.customer.example`);
  await gather([saying("key", 300), saying("key", 300)], names);
  expect(authority?.asked).toHaveLength(100);
});

test("without resolvers nothing is asked", async () => {
  expect(await gatherVantagePoints({ keyNames: [keyName], resolvers: [] })).toEqual({
    vantagePoints: [],
    exchanges: [],
  });
});
