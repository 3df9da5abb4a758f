// Every behaviour of the hostile authority against every way in which we ask (threats; rows RES-01 to RES-07).
import { setTimeout } from "node:timers/promises";
import { readTxt, TYPE } from "chancery/dns";
import { beforeAll, expect, test } from "vitest";
import { agreementOn } from "../server/src/engine/resolver/authorities/agreement.ts";
import { observeAtAuthorities } from "../server/src/engine/resolver/authorities/authorities.ts";
import { openFleet } from "../server/src/engine/resolver/authorities/fleet.ts";
import { createIterativeResolver } from "../server/src/engine/resolver/iterative.ts";
import { Pacing } from "../server/src/engine/resolver/pacing.ts";
import type { Resolution } from "../server/src/engine/resolver/resolution.ts";
import { createStubResolver } from "../server/src/engine/resolver/stub.ts";
import {
  type BehaviourId,
  behaviourIds,
  does,
  type HostileAuthority,
  keyNameOf,
  startHostileAuthority,
} from "./fakes/hostile-authority.ts";
import { forgedText } from "./fakes/hostile/behaviour.ts";

/*
 * What has to be said: by a stub that takes the hostile server for its resolver, by a walk from the root, and by asking every
 * authoritative address (where the walk ends, then whether the addresses of the last zone reached agree). Two words with a
 * bar between them where it depends on which server of two is asked first, or on the time that a machine takes.
 */
const nobody = "unknown timeout";
const expected: Record<BehaviourId, readonly [stub: string, walk: string, everyAddress: string]> = {
  sound: ["present", "present", "present, agreed"],
  victim: ["present", "present", "present, agreed"],
  nxdomain: ["absent nxdomain", "absent nxdomain", "absent nxdomain, agreed"],
  nodata: ["absent nodata", "absent nodata", "absent nodata, agreed"],
  "nodata-without-soa": ["absent nodata", "absent nodata", "absent nodata, agreed"],
  servfail: ["unknown servfail", "unknown servfail", "unknown servfail"],
  refused: ["unknown refused", "unknown refused", "unknown refused"],
  formerr: ["unknown other-rcode", "unknown other-rcode", "unknown other-rcode"],
  notimp: ["unknown other-rcode", "unknown other-rcode", "unknown other-rcode"],
  "rcode-unassigned": ["unknown other-rcode", "unknown other-rcode", "unknown other-rcode"],
  "servfail-without-question": ["unknown servfail", "unknown servfail", "unknown servfail"],
  "servfail-first": ["unknown servfail", "present", "present, agreed"],
  "edns-formerr": ["present", "present", "present, agreed"],
  "edns-badvers": ["present", "present", "present, agreed"],
  // On a busy machine the five seconds may be over before every address was found to know no EDNS.
  "edns-dropped": ["present", "present", "present, agreed|present, unknown"],
  "edns-ignored": ["present", "present", "present, agreed"],
  flapping: ["present", "present", "present, differ"],

  "wrong-id": [nobody, nobody, nobody],
  "wrong-question": [nobody, nobody, nobody],
  "wrong-type": [nobody, nobody, nobody],
  // Over UDP whoever changes the letters may be guessing; over TCP nobody else can answer.
  "wrong-case": ["present", "present", "present, unknown"],
  "wrong-source": [nobody, nobody, nobody],
  "no-response-bit": [nobody, nobody, nobody],
  "two-questions": [nobody, nobody, nobody],
  "forged-before-true": ["present", "present", "present, agreed"],
  "storm-of-forgeries": ["present", "present", "present, unknown"],

  timeout: [nobody, nobody, nobody],
  "late-1s": ["present", "present", "present, agreed|present, unknown"],
  "late-5s": [nobody, nobody, nobody],
  "late-30s": [nobody, nobody, nobody],
  "one-of-two-silent": ["present", "present", "present, unknown"],
  "one-of-two-dead": ["present", "present", "present, unknown"],
  "all-dead": ["unknown network", "unknown network", "unknown network"],
  "truncated-tcp-refused": ["unknown network", "unknown network", "unknown network"],
  "truncated-tcp-silent": [nobody, nobody, nobody],
  "truncated-tcp-hangs-up": ["unknown network", "unknown network", "unknown network"],
  "truncated-tcp-hangs-up-midway": ["unknown network", "unknown network", "unknown network"],
  "truncated-tcp-dribble": ["present", "present", "present, agreed"],
  "truncated-tcp-dribble-endless": [nobody, nobody, nobody],
  "truncated-tcp-truncated": ["unknown malformed", "unknown malformed", "unknown malformed"],
  "truncated-with-records": ["absent nxdomain", "absent nxdomain", "absent nxdomain, agreed"],

  "cname-self": ["unknown alias-loop", "unknown alias-loop", "unknown alias-loop, agreed"],
  "cname-loop": ["unknown alias-loop", "unknown alias-loop", "unknown alias-loop, agreed"],
  "chain-3": ["present", "present", "present, agreed"],
  "chain-4": ["present", "present", "present, agreed"],
  "chain-5": ["present", "present", "present, agreed"],
  // A stub follows what full resolvers follow, 16; an audit stops at 8.
  "chain-9": ["present", "unknown alias-chain-too-long", "unknown alias-chain-too-long, agreed"],
  "chain-17": ["unknown alias-chain-too-long", "unknown alias-chain-too-long", "unknown alias-chain-too-long, agreed"],
  "chain-100": ["unknown alias-chain-too-long", "unknown alias-chain-too-long", "unknown alias-chain-too-long, agreed"],
  "cname-to-nothing": ["absent nxdomain", "absent nxdomain", "absent nxdomain, agreed"],
  "cname-beside-txt": ["present", "present", "present, agreed"],
  "cname-but-for-txt": ["present", "present", "present, agreed"],
  "two-cnames": ["present", "present", "present, agreed"],
  dname: ["present", "present", "present, agreed"],
  "dname-alone": ["present", "present", "present, agreed"],
  "forged-target": ["present", "present", "present, agreed"],
  "answer-for-another": ["unknown malformed", "unknown malformed", "unknown malformed"],

  // What is wrong with a referral of the root is nothing to who asks the zone's server.
  "ns-fan-out": ["present", "unknown no-servers", "unknown no-servers"],
  "ns-fan-out-below": ["unknown lame", "unknown no-servers", "unknown no-servers"],
  "upward-referral": ["unknown lame", "unknown lame", "unknown lame"],
  "sideways-referral": ["unknown lame", "unknown lame", "unknown lame"],
  "self-referral": ["unknown lame", "unknown lame", "unknown lame"],
  "referral-without-end": ["unknown lame", "unknown lame", "unknown lame"],
  "glueless-circle": ["present", "unknown no-servers", "unknown no-servers"],
  // A stub asks a resolver, and resolvers have no authority.
  "aa-clear": ["present", "unknown lame", "unknown lame"],
  "aa-clear-nxdomain": ["absent nxdomain", "unknown lame", "unknown lame"],
  "one-of-two-refuses": ["present", "present", "present, unknown"],
  "one-of-two-behind": ["present", "present|absent nxdomain", "present, differ|absent nxdomain, differ"],
  "poisoned-additional": ["present", "present", "present, agreed"],

  "txt-64k": ["present", "present", "present, agreed"],
  "txt-400-strings": ["present", "present", "present, agreed"],
  "txt-100-records": ["present", "present", "present, agreed"],
  "two-txt": ["present", "present", "present, agreed"],
  "txt-empty": ["present", "present", "present, agreed"],
  "ttl-0": ["present", "present", "present, agreed"],
  "ttl-max": ["present", "present", "present, agreed"],
  "ttl-negative": ["present", "present", "present, agreed"],
  "class-chaos": ["unknown malformed", "unknown malformed", "unknown malformed"],
  "name-too-long": ["unknown malformed", "unknown malformed", "unknown malformed"],
  "label-too-long": ["unknown malformed", "unknown malformed", "unknown malformed"],
  "pointer-loop": ["unknown malformed", "unknown malformed", "unknown malformed"],
  "pointer-forward": ["unknown malformed", "unknown malformed", "unknown malformed"],
  "counts-high": ["unknown malformed", "unknown malformed", "unknown malformed"],
  "counts-low": ["unknown malformed", "unknown malformed", "unknown malformed"],
  "rdlength-too-long": ["unknown malformed", "unknown malformed", "unknown malformed"],
  "string-too-long": ["unknown malformed", "unknown malformed", "unknown malformed"],
  garbage: ["unknown malformed", "unknown malformed", "unknown malformed"],
  // NOERROR without the question could be anybody's word.
  "header-alone": [nobody, nobody, nobody],
  "nothing-at-all": [nobody, nobody, nobody],
  "rrsig-bogus": ["present", "present", "present, agreed"],
  "dnskey-huge": ["present", "present", "present, agreed"],
};

/** One way of asking: what it says of a name, as a word; the texts that it believes; how many queries it admits to. */
type Said = { word: string; texts: string[]; queries: number };
type Asking = (authority: HostileAuthority, id: BehaviourId) => Promise<Said>;

const wordOf = ({ outcome, reason }: { outcome: string; reason?: string | undefined }): string =>
  reason === undefined ? outcome : `${outcome} ${reason}`;
const saidBy = (resolution: Resolution): Said => ({
  word: wordOf({ reason: undefined, ...resolution }),
  texts: resolution.records.map(({ data }) => readTxt(data).join("")),
  queries: resolution.exchanges.reduce((sum, { queries }) => sum + queries, 0),
});
/**
 * What keeps waiting has to end by the limits that everybody has. For the rest they are wide, so that a busy machine is not
 * taken for a silent server.
 */
const limitsFor = (id: BehaviourId): { totalMs?: number; timeoutMs?: number } =>
  keepsWaiting(id) ? {} : { totalMs: 30_000, timeoutMs: 5000 };

const walking = (authority: HostileAuthority, id: BehaviourId) => ({
  ...limitsFor(id),
  root: authority.root,
  authorityPort: authority.port,
  // Ninety names share two servers here; the limits on one name are what is looked at.
  pacing: new Pacing({ perSecond: 10_000, burst: 10_000 }),
});

/** Where the fleet has to say something else than a walk: a socket that serves many servers hears of no refusal. */
const expectedOfFleet: Partial<Record<BehaviourId, string>> = { "all-dead": nobody };

const ways: Record<"stub" | "walk" | "fleet" | "every address", { queriesMax: number; ask: Asking }> = {
  stub: {
    queriesMax: 50,
    ask: async (authority, id) => {
      const servers = [{ address: authority.addressFor(id), port: authority.port }];
      return saidBy(await createStubResolver({ servers, ...limitsFor(id) }).lookup(keyNameOf(id), TYPE.TXT));
    },
  },
  walk: {
    queriesMax: 50,
    ask: async (authority, id) =>
      saidBy(await createIterativeResolver(walking(authority, id)).lookup(keyNameOf(id), TYPE.TXT)),
  },
  fleet: {
    queriesMax: 50,
    ask: async (authority, id) => {
      const fleet = await openFleet(walking(authority, id));
      const sight = await fleet.look(keyNameOf(id), TYPE.TXT);
      fleet.close();
      return saidBy(sight);
    },
  },
  "every address": {
    queriesMax: 200,
    ask: async (authority, id) => {
      const observed = await observeAtAuthorities(keyNameOf(id), TYPE.TXT, {
        totalMs: 5000,
        ...walking(authority, id),
      });
      const last = observed.names.at(-1);
      const texts = (last?.addresses ?? []).flatMap(({ udp, tcp }) =>
        [udp, tcp].flatMap((answer) =>
          answer.state === "records" ? answer.records.map(({ text }) => text ?? "") : [],
        ),
      );
      return {
        word: last ? `${wordOf(observed)}, ${agreementOn(last).verdict}` : wordOf(observed),
        texts,
        queries: observed.exchanges.reduce((sum, { queries }) => sum + queries, 0),
      };
    },
  },
};
const wayNames = ["stub", "walk", "fleet", "every address"] as const;
type Way = (typeof wayNames)[number];

const said = new Map<string, Said>();
/** Queries that the authority counted. */
const arrived = new Map<string, number>();
/** Sockets of this process. */
const socketCount = (): number =>
  process.getActiveResourcesInfo().filter((kind) => kind === "UDPWrap" || kind === "TCPSocketWrap").length;
const sockets = { before: 0, after: 0 };

/** Behaviours that keep who asks waiting are all met at once, the others a few at a time: this is one process with its authority. */
const atOnce = 12;
const keepsWaiting = (id: BehaviourId): boolean =>
  /^(all-dead|edns-dropped|late-.*|one-of-two-.*)$/.test(id) || expected[id][1] === nobody;

beforeAll(async () => {
  sockets.before = socketCount();
  const authorities = await Promise.all(wayNames.map((_, index) => startHostileAuthority(171 + index)));
  const ask = async (way: Way, id: BehaviourId): Promise<void> => {
    said.set(`${way} ${id}`, await ways[way].ask(authorities[wayNames.indexOf(way)]!, id));
  };
  const all = wayNames.flatMap((way) => behaviourIds.map((id) => [way, id] as const));
  const slow = all.filter(([, id]) => keepsWaiting(id)).map(([way, id]) => ask(way, id));
  const queue = all.filter(([, id]) => !keepsWaiting(id)).values();
  const worker = async (): Promise<void> => {
    for (const [way, id] of queue) await ask(way, id);
  };
  await Promise.all([...slow, ...Array.from({ length: atOnce }, worker)]);
  for (const [index, way] of wayNames.entries())
    for (const id of behaviourIds) arrived.set(`${way} ${id}`, authorities[index]!.askedOf(id));
  await Promise.all(authorities.map((authority) => authority.close()));
  // What was closed is gone a turn of the event loop later.
  for (let turns = 0; turns < 1000 && socketCount() > sockets.before; turns++) await setTimeout(1);
  sockets.after = socketCount();
}, 60_000);

const heard = (way: Way, id: BehaviourId): Said =>
  said.get(`${way} ${id}`) ?? expect.unreachable(`${way} gave no answer about ${id}`);
const wordsFor = (way: Way, id: BehaviourId): string => {
  const [stub, walk, everyAddress] = expected[id];
  return { stub, walk, fleet: expectedOfFleet[id] ?? walk, "every address": everyAddress }[way];
};
const rows = wayNames.flatMap((way) => behaviourIds.map((id) => [way, id, does(id), wordsFor(way, id)] as const));

test.each(rows)("R-51 %s, of %s, which %s: %s", (way, id, _, words) => {
  const { word, texts, queries } = heard(way, id);
  expect(words.split("|")).toContain(word);
  expect(queries).toBeLessThanOrEqual(ways[way].queriesMax);
  if (id !== "victim") expect(arrived.get(`${way} ${id}`), "queries not counted").toBeLessThanOrEqual(queries);
  // RES-02: what stands beside the answer is not the answer. A stub believes its resolver, whatever that says.
  if (way !== "stub" && id !== "two-txt") expect(texts).not.toContain(forgedText);
});

test("R-51 RES-07 those that lead a thousand names to somebody cost that one a handful of queries", () => {
  expect(arrived.get("walk victim")).toBeGreaterThan(3);
  expect(arrived.get("walk victim")).toBeLessThanOrEqual(20);
});

test("R-51 no socket is left open", () => {
  expect(sockets.after).toBeLessThanOrEqual(sockets.before);
});
