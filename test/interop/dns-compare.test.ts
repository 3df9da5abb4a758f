import { answer, buildZone, formatMessage, parseZoneFile, RCODE, zoneSet } from "chancery/dns";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Random } from "../fuzz/random.ts";
import { askOverTcp, askOverUdp } from "./dns-compare/ask.ts";
import { differences, explain, type Difference } from "./dns-compare/differences.ts";
import { edgeQuery, queryKey, type Asked } from "./dns-compare/generate-queries.ts";
import { zoneFamily } from "./dns-compare/generate-zones.ts";
import { outcomeOf } from "./dns-compare/outcome.ts";
import { pairOf, type ComparedZones } from "./dns-compare/pair.ts";
import { recipes, type PeerName } from "./dns-compare/peers.ts";
import { startDnsPeer, type DnsPeer } from "./dns-peer.ts";

const seed = 20_261_122;
const families = Array.from({ length: 200 }, (_, index) => zoneFamily(seed, index));
const queriesPerFamily = 520;
const texts = families.flat();
const built = texts.map(({ origin, text }) => {
  const records = parseZoneFile(text, { origin });
  const zone = buildZone(origin, records.ok ? records.value : expect.fail(`${origin}: ${records.problem}`));
  return zone.ok ? zone.value : expect.fail(`${origin}: ${zone.problem}`);
});
const zones: ComparedZones = { all: zoneSet(built), byOrigin: new Map(built.map((zone) => [zone.origin, zone])) };

/** All different. */
const asked: readonly Asked[] = families.flatMap((family, index) => {
  const random = new Random(seed, "queries", index);
  const queries = new Map<string, Asked>();
  while (queries.size < queriesPerFamily) {
    const query = edgeQuery(random, family);
    queries.set(queryKey(query), query);
  }
  return [...queries.values()];
});

type Compared = Asked & { octets: Uint8Array; theirs: Uint8Array };

/** What the peer says to each query; again over TCP, as a resolver would ask, to what is truncated by either of us. */
async function askPeer(peer: DnsPeer): Promise<Compared[]> {
  const over = async (transport: "udp" | "tcp", some: readonly Asked[]): Promise<Compared[]> => {
    const queries = some.map(({ query }) => formatMessage(query));
    const replies = await (transport === "udp" ? askOverUdp : askOverTcp)(peer, queries);
    return some.map(({ query }, at) => ({ transport, query, octets: queries[at]!, theirs: replies[at]! }));
  };
  const [datagrams, streams] = [
    asked.filter(({ transport }) => transport === "udp"),
    asked.filter(({ transport }) => transport === "tcp"),
  ];
  const overUdp = await over("udp", datagrams);
  const truncated = overUdp.filter(({ octets, theirs }) => isTruncated(theirs) || isTruncated(ours(octets, "udp")));
  expect(truncated.length).toBeGreaterThan(100);
  const again = new Set(truncated);
  const whole = overUdp.filter((one) => !again.has(one));
  return [...whole, ...(await over("tcp", [...truncated, ...streams]))];
}

const isTruncated = (octets: Uint8Array): boolean => (octets[2]! & 0x02) !== 0;
const ours = (query: Uint8Array, transport: "udp" | "tcp"): Uint8Array =>
  answer(zones.all, query, transport) ?? expect.fail("silence");

describe.each(Object.keys(recipes) as PeerName[])("DNS-B-25 the same zones, asked the same as %s", (name) => {
  let peer: DnsPeer;
  beforeAll(async () => {
    const [first] = asked;
    const probe = formatMessage({ ...first!.query, questions: [{ name: texts.at(-1)!.origin, type: 6, class: 1 }] });
    peer = await startDnsPeer(recipes[name](texts), probe);
  });
  afterAll(() => peer?.close());

  test(`${families.length * queriesPerFamily} queries get the same answers, but for the rows of docs/dns-interop.md, each of which is met`, async () => {
    const met = new Map<Difference, number>();
    const rcodes = new Set<number>();
    for (const { octets, theirs, transport, query } of await askPeer(peer)) {
      const mine = ours(octets, transport);
      rcodes.add(mine[3]! & 0x0f);
      if (Buffer.compare(mine, theirs) === 0) continue;
      const [found, expected] = [outcomeOf(mine), outcomeOf(theirs)];
      const rows = explain(found, expected, pairOf({ transport, query }, zones), name);
      if (!rows) expect({ transport, ...found }).toEqual({ transport, ...expected });
      for (const row of rows ?? []) met.set(row, (met.get(row) ?? 0) + 1);
    }
    expect(rcodes).toEqual(new Set([RCODE.NOERROR, RCODE.NXDOMAIN, RCODE.REFUSED, RCODE.YXDOMAIN]));
    const rows = differences.filter(({ peers }) => peers.includes(name));
    console.table(rows.map((row) => ({ asked: row.what, pairs: met.get(row) ?? 0 })));
    expect(rows.filter((row) => !met.has(row)).map(({ what }) => what)).toEqual([]);
  });
});
