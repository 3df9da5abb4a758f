import {
  answer,
  buildZone,
  formatMessage,
  parseMessage,
  parseZoneFile,
  rcodeName,
  rdataText,
  TYPE,
  typeName,
  zoneSet,
  type Message,
  type ResourceRecord,
} from "chancery/dns";
import { createSocket } from "node:dgram";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startDnsServer, type DnsServer } from "../../server/src/engine/dns-server/server.ts";
import { startNsd, type Nsd } from "./dns-nsd-server.ts";

/** The same numbers in every run (mulberry32), so that a difference can be looked at again. */
function randomFrom(seed: number): (below: number) => number {
  return (below) => {
    seed = (seed + 0x6d2b79f5) | 0;
    let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

const random = randomFrom(20_261_121);
const pick = <T>(from: readonly T[]): T => from[random(from.length)]!; // never empty
const labels = ["a", "b", "c", "sub", "*", "_domainkey", "s1", "www", "mail", "x1"];
const origins = ["zone.test", "child.zone.test", "deep.child.zone.test", "other.test"];

const nameBelow = (origin: string, depthMax: number): string =>
  [...Array.from({ length: 1 + random(depthMax) }, () => pick(labels)), origin].join(".");
const anyName = (): string => (random(8) === 0 ? "outside.example" : nameBelow(pick(origins), 3));

/** The records of one name, as master file lines without the owner. */
const contents: (() => string[])[] = [
  () => [`A 192.0.2.${random(250)}`],
  () => [`A 192.0.2.${random(250)}`, "A 192.0.2.251", "AAAA 2001:db8::1"],
  () => [`TXT "v=DKIM1; k=rsa; p=${"x".repeat(random(200))}" "${"y".repeat(random(250))}"`],
  () => [`TXT ${`"${"z".repeat(255)}" `.repeat(2 + random(5))}`],
  () => [`MX 10 ${anyName()}.`, "TXT beside"],
  () => [`SRV 1 2 3 ${anyName()}.`],
  () => [`TYPE65280 \\# 3 01c00c`],
  () => [`NS ${anyName()}.`, `NS ns.${anyName()}.`],
  () => [`NS ${anyName()}.`, "DS 1 13 2 00ff"],
  () => [`CNAME ${anyName()}.`],
  () => [`CNAME ${anyName()}.`],
  () => [`DNAME ${anyName()}.`],
];

/** NSD refuses names below a DNAME, and a CNAME or DNAME that is not alone; a wildcard with NS or DNAME is undefined
 * (RFC 4592 §4); where a zone below is hosted too, the parent has a delegation or nothing. */
function randomZone(origin: string): string {
  const owners = new Map<string, string[]>();
  for (let count = 0; count < 60; count++) {
    const owner = nameBelow(origin, 4);
    const lines = pick(contents)();
    const isBad =
      (owner.startsWith("*.") && /^(?:NS|DNAME)/.test(lines[0] ?? "")) ||
      (origins.includes(owner) && !lines[0]?.startsWith("NS"));
    if (!isBad && !owners.has(owner)) owners.set(owner, lines);
  }
  const renamed = [...owners].filter(([, lines]) => lines[0]?.startsWith("DNAME")).map(([owner]) => owner);
  const kept = [...owners].filter(([owner]) => !renamed.some((above) => owner.endsWith(`.${above}`)));
  const records = kept.flatMap(([owner, lines]) => lines.map((line) => `${owner}. ${60 + owner.length} ${line}\n`));
  return `@ 3600 SOA ns1 hostmaster ${random(1e9)} 7200 3600 1209600 ${random(5000)}\n@ 3600 NS ns1\n@ 3600 NS ns.outside.example.\nns1 60 A 192.0.2.1\n${records.join("")}`;
}

const texts = origins.map((origin) => ({ origin, text: `$ORIGIN ${origin}.\n${randomZone(origin)}` }));
const zones = texts.map(({ origin, text }) => {
  const records = parseZoneFile(text, { origin });
  const zone = buildZone(origin, records.ok ? records.value : expect.fail(records.problem));
  return zone.ok ? zone.value : expect.fail(zone.problem);
});
const ownersInUse = texts.flatMap(({ text }) => [...text.matchAll(/^(\S+)\. /gm)].map((match) => match[1] ?? ""));

const types = [
  TYPE.A,
  TYPE.AAAA,
  TYPE.TXT,
  TYPE.NS,
  TYPE.CNAME,
  TYPE.MX,
  TYPE.SOA,
  TYPE.DS,
  TYPE.SRV,
  TYPE.DNAME,
  65_280,
  65_281,
];
function randomQuery(id: number): Message {
  const owner = pick(ownersInUse);
  const name = pick([
    () => owner,
    () => owner.replace(/^\*/, "q"),
    () => `${pick(labels)}.${owner}`,
    () => `q.${pick(labels)}.${owner}`.replaceAll("*", "w"),
    () => owner.slice(owner.indexOf(".") + 1),
    () => pick(origins),
    () => nameBelow(pick(origins), 4),
  ])();
  const edns = {
    udpSize: pick([512, 1232, 4096]),
    version: 0,
    dnssecOk: random(4) === 0,
    extendedRcode: 0,
    options: [],
  };
  return {
    id,
    response: false,
    opcode: 0,
    authoritative: false,
    truncated: false,
    recursionDesired: random(2) === 0,
    recursionAvailable: false,
    authenticData: false,
    checkingDisabled: false,
    rcode: 0,
    questions: [{ name: random(3) === 0 ? name.toUpperCase() : name, type: pick(types), class: 1 }],
    answers: [],
    authority: [],
    additional: [],
    ...(random(3) === 0 ? {} : { edns }),
  };
}

/** Asks all, a few at a time, and gives the replies in the order of the queries. */
async function askAll(host: string, port: number, queries: readonly Message[]): Promise<Message[]> {
  const socket = createSocket("udp4");
  const replies: Message[] = [];
  await new Promise<void>((done, failed) => {
    let next = 0;
    let received = 0;
    const send = (): void => {
      const query = queries[next++];
      if (query) socket.send(formatMessage(query), port, host);
    };
    const overdue = setTimeout(
      () => failed(new Error(`${host}: ${received} replies to ${queries.length} queries`)),
      60_000,
    );
    socket.on("message", (octets) => {
      const message = parseMessage(octets);
      if (!message.ok) {
        failed(new Error(`${host}: ${message.problem}: ${octets.toString("hex")}`));
        return;
      }
      replies[message.value.id] = message.value;
      received++;
      send();
      if (received < queries.length) return;
      clearTimeout(overdue);
      done();
    });
    for (let index = 0; index < 20; index++) send();
  });
  socket.close();
  return replies;
}

const recordText = ({ name, ttl, type, data }: ResourceRecord): string =>
  `${name} ${ttl} ${typeName(type)} ${rdataText(type, data)}`.toLowerCase();
const section = (records: readonly ResourceRecord[]): string[] => records.map(recordText).sort();
type Outcome = { status: string; answers: string[]; authority: string[]; additional: string[] };
const outcome = (message: Message): Outcome => ({
  status: [
    rcodeName(message.rcode),
    message.authoritative ? "aa" : "",
    message.truncated ? "tc" : "",
    message.recursionAvailable ? "ra" : "",
    message.edns ? "edns" : "",
  ].join(" "),
  answers: section(message.answers),
  authority: section(message.authority),
  additional: section(message.additional),
});

/** Where NSD answers otherwise and both may. Each takes the difference out of NSD's answer, or leaves it as it is. */
const differences: { reason: string; levelled: (theirs: Outcome, ours: Outcome) => Outcome }[] = [
  {
    reason: "a truncated reply: NSD keeps the RRsets that fit, we send none, since nobody may use them (RFC 2181 §9)",
    levelled: (theirs, ours) => (theirs.status.includes(" tc") ? { ...ours, status: theirs.status } : theirs),
  },
  {
    reason: "an address that only a wildcard gives to a server named in NS: NSD adds it, we let it be asked for",
    levelled: (theirs, ours) => ({
      ...theirs,
      additional: theirs.additional.filter(
        (record) => ours.additional.includes(record) || ownersInUse.some((owner) => record.startsWith(`${owner} `)),
      ),
    }),
  },
];

/** What the queries have to come by, or they prove little. */
const statusesMet = [
  "NOERROR",
  "NOERROR    edns",
  "NOERROR aa",
  "NOERROR aa   edns",
  "NOERROR aa tc",
  "NOERROR aa tc  edns",
  "NXDOMAIN aa",
  "NXDOMAIN aa   edns",
];

describe("DNS-B-25 the same zones, asked the same", () => {
  let nsd: Nsd;
  let ours: DnsServer;
  beforeAll(async () => {
    const served = zoneSet(zones);
    ours = await startDnsServer({
      listen: [{ host: "127.54.17.54", port: 0 }],
      answer: (query, { transport }) => answer(served, query, transport),
    });
    nsd = await startNsd(
      texts,
      formatMessage({ ...randomQuery(0), questions: [{ name: "zone.test", type: TYPE.SOA, class: 1 }] }),
    );
  });
  afterAll(async () => {
    await ours?.close();
    await nsd?.close();
  });

  test("4000 random queries get the answers of NSD", async () => {
    const queries = Array.from({ length: 4000 }, (_, id) => randomQuery(id));
    const theirs = await askAll(nsd.host, nsd.port, queries);
    const replies = await askAll("127.54.17.54", ours.port, queries);
    const statuses = new Set<string>();
    for (const [id, query] of queries.entries()) {
      const found = outcome(replies[id]!); // askAll gives a reply to each
      const expected = differences.reduce((theirs, { levelled }) => levelled(theirs, found), outcome(theirs[id]!));
      expect({ asked: query.questions, ...found }).toEqual({ asked: query.questions, ...expected });
      statuses.add(found.status);
    }
    expect([...statuses].sort().map((status) => status.trim())).toEqual(statusesMet);
  });
});
