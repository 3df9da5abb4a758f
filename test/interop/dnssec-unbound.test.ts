import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { RCODE, TYPE, type DnssecState } from "chancery/dns";
import { exchange } from "../../server/src/engine/resolver/exchange.ts";
import { createIterativeResolver } from "../../server/src/engine/resolver/iterative.ts";
import type { Resolution } from "../../server/src/engine/resolver/resolution.ts";
import { trustAnchors, type TrustAnchors } from "../../server/src/engine/resolver/dnssec/trust-anchors.ts";
import {
  freePort,
  signWithOptOut,
  signZone,
  startNsd,
  startUnbound,
  type Peer,
  type SignedZone,
  type Signing,
} from "./dnssec-lab.ts";

/*
 * A small signed internet: zones signed by ldns, served by NSD (the root, a top level, everything below it), and a validating
 * Unbound whose answers are compared with our states.
 */

const at = (last: number): string => `127.53.62.${last}`;
const now = Math.floor(Date.now() / 1000);
const soa = "$TTL 300\n@ 3600 IN SOA ns.test. hostmaster 1 3600 600 86400 120\n";
const child = (body: string): string => `${soa}@ NS ns.test.\ns1._domainkey TXT "v=DKIM1; p=abc"\n${body}\n`;

/** Zones below test: how each is signed, and its DS record at the parent: the true one ("given"), "none", or another. */
const children: [
  label: string,
  body: string,
  signing: Signing | "unsigned" | "by BIND, NSEC3 with opt-out",
  ds: string,
][] = [
  [
    "good",
    `s2._domainkey CNAME s1._domainkey.rsa.test.
s3._domainkey CNAME s1._domainkey.expired.test.
s4._domainkey CNAME s1._domainkey.plain.test.
s5._domainkey CNAME gone.rsa.test.
*.wild TXT "any"
*.alias CNAME s1._domainkey.rsa.test.
a.ent TXT "x"
news DNAME rsa.test.
inside NS ns.test.
signed NS ns.test.
`,
    {},
    "given",
  ],
  ["rsa", "", { algorithm: "RSASHA256" }, "given"],
  ["rsa512", "", { algorithm: "RSASHA512" }, "given"],
  ["p384", "", { algorithm: "ECDSAP384SHA384" }, "given"],
  ["ed", "a.ent TXT x\n*.wild TXT x", { algorithm: "ED25519", nsec3: [] }, "given"],
  ["ed448", "", { algorithm: "ED448" }, "given"],
  ["optout", "sub NS ns.test.\na.ent TXT x\n*.wild TXT x", "by BIND, NSEC3 with opt-out", "given"],
  ["expired", "", { inception: now - 2_000_000, expiration: now - 86_400 }, "given"],
  ["early", "", { inception: now + 3 * 86_400, expiration: now + 2_000_000 }, "given"],
  ["otherkey", "", {}, `1 13 2 ${"00".repeat(32)}`],
  ["stripped", "", "unsigned", `2 13 2 ${"00".repeat(32)}`],
  ["sha1", "", { algorithm: "RSASHA1-NSEC3-SHA1", nsec3: [] }, "given"],
  ["future", "", {}, `3 200 2 ${"00".repeat(32)}`],
  ["plain", "", "unsigned", "none"],
  ["island", "", {}, "none"],
  ["slow", "", { nsec3: ["-t", "200"] }, "given"],
];

let directory: string;
let port: number;
let unbound: { address: string; port: number };
let anchors: TrustAnchors;
const peers: Peer[] = [];
const root = [{ name: "ns.root", addresses: [at(1)] }];

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "dnssec-unbound-"));
  port = await freePort(at(1));
  unbound = { address: at(8), port: await freePort(at(8)) };
  const sign = (origin: string, text: string, signing?: Signing): SignedZone =>
    signZone(directory, origin, text, signing);
  const zoneOf = (origin: string, text: string, signing: (typeof children)[number][2]): SignedZone => {
    if (signing === "unsigned") return { origin, text, ds: "" };
    return typeof signing === "string" ? signWithOptOut(directory, origin, text) : sign(origin, text, signing);
  };
  const delegations: string[] = [];
  const served: { origin: string; text: string }[] = [];
  // Below a signed zone, and on its very servers: one with a DS record, one without.
  const below = sign("signed.good.test", child(""));
  served.push(below, { origin: "inside.good.test", text: child("") }, { origin: "sub.optout.test", text: child("") });
  for (const [label, body, signing, ds] of children) {
    const origin = `${label}.test`;
    const text = child(body) + (label === "good" ? `signed DS ${below.ds}\n` : "");
    const zone = zoneOf(origin, text, signing);
    served.push(zone);
    const parent = `${label} NS ns.test.\n`;
    delegations.push(ds === "none" ? parent : `${parent}${label} DS ${ds === "given" ? zone.ds : ds}\n`);
  }
  const top = sign("test", `${soa}@ NS ns.tld.\nns A ${at(3)}\n${delegations.join("")}`);
  const rootZone = sign(
    ".",
    `${soa}@ NS ns.root.\nns.root. A ${at(1)}\ntest. NS ns.tld.\nns.tld. A ${at(2)}\ntest. DS ${top.ds}\n`,
  );
  anchors = trustAnchors([`. ${rootZone.ds}`]);
  peers.push(await startNsd(directory, at(1), port, [rootZone]));
  peers.push(await startNsd(directory, at(2), port, [top]));
  peers.push(await startNsd(directory, at(3), port, served));
  const stubs = [
    { zone: ".", address: at(1), port },
    { zone: "test", address: at(2), port },
    ...served.map(({ origin }) => ({ zone: origin, address: at(3), port })),
  ];
  peers.push(await startUnbound(directory, unbound, [`. DS ${rootZone.ds}`], stubs));
});

afterAll(async () => {
  for (const peer of peers) await peer.close();
  rmSync(directory, { recursive: true, force: true });
});

const states = (resolution: Resolution): DnssecState[] =>
  [...resolution.aliases.map(({ dnssec }) => dnssec), resolution.dnssec].filter((state) => state !== undefined);

const walk = (name: string, type: number): Promise<Resolution> =>
  createIterativeResolver({ root, authorityPort: port, timeoutMs: 500, validation: { now, anchors } }).lookup(
    name,
    type,
  );

/** What Unbound makes of it: AD is secure, SERVFAIL bogus, anything else insecure. */
async function askUnbound(name: string, type: number): Promise<string> {
  const done = await exchange({ name, type }, unbound, { recursionDesired: true, dnssecOk: true, timeoutMs: 5000 });
  if (done.result === "failed") return done.failure;
  if (done.message.rcode === RCODE.SERVFAIL) return "bogus";
  return done.message.authenticData ? "secure" : "insecure";
}

const key = (zone: string): string => `s1._domainkey.${zone}.test`;
/** The name, the state of each alias and of the answer, the reason of the last. */
const rows: [name: string, type: number, states: string, reason?: string][] = [
  [key("good"), TYPE.TXT, "secure"],
  [key("rsa"), TYPE.TXT, "secure"],
  [key("rsa512"), TYPE.TXT, "secure"],
  [key("p384"), TYPE.TXT, "secure"],
  [key("ed"), TYPE.TXT, "secure"],
  [key("ed448"), TYPE.TXT, "secure"],
  [key("optout"), TYPE.TXT, "secure"],
  ["s2._domainkey.good.test", TYPE.TXT, "secure secure"],
  ["s3._domainkey.good.test", TYPE.TXT, "secure bogus", "signature-expired"],
  ["s4._domainkey.good.test", TYPE.TXT, "secure insecure", "no-ds"],
  ["s5._domainkey.good.test", TYPE.TXT, "secure secure"],
  ["x.wild.good.test", TYPE.TXT, "secure"],
  ["x.wild.good.test", TYPE.A, "secure"],
  ["x.alias.good.test", TYPE.TXT, "secure secure"],
  ["s1._domainkey.news.good.test", TYPE.TXT, "secure secure"],
  ["ent.good.test", TYPE.TXT, "secure"],
  ["none.good.test", TYPE.TXT, "secure"],
  [key("good"), TYPE.A, "secure"],
  [key("inside.good"), TYPE.TXT, "insecure", "no-ds"],
  ["none.inside.good.test", TYPE.TXT, "insecure", "no-ds"],
  [key("signed.good"), TYPE.TXT, "secure"],
  ["good.test", TYPE.DS, "secure"],
  ["plain.test", TYPE.DS, "secure"],
  ["good.test", TYPE.DNSKEY, "secure"],
  ["ent.ed.test", TYPE.TXT, "secure"],
  ["none.ed.test", TYPE.TXT, "secure"],
  ["none.none.ed.test", TYPE.TXT, "secure"],
  [key("ed"), TYPE.A, "secure"],
  ["x.wild.ed.test", TYPE.TXT, "secure"],
  ["x.wild.ed.test", TYPE.A, "secure"],
  ["ent.optout.test", TYPE.TXT, "secure"],
  ["none.optout.test", TYPE.TXT, "insecure", "opt-out"],
  ["x.wild.optout.test", TYPE.TXT, "insecure", "opt-out"],
  [key("sub.optout"), TYPE.TXT, "insecure", "opt-out"],
  [key("expired"), TYPE.TXT, "bogus", "signature-expired"],
  ["none.expired.test", TYPE.TXT, "bogus", "signature-expired"],
  [key("early"), TYPE.TXT, "bogus", "signature-not-yet-valid"],
  [key("otherkey"), TYPE.TXT, "bogus", "ds-without-key"],
  [key("stripped"), TYPE.TXT, "bogus", "dnskey-missing"],
  ["none.stripped.test", TYPE.TXT, "bogus", "dnskey-missing"],
  [key("future"), TYPE.TXT, "insecure", "unsupported-algorithm"],
  [key("plain"), TYPE.TXT, "insecure", "no-ds"],
  [key("island"), TYPE.TXT, "insecure", "no-ds"],
  ["none.slow.test", TYPE.TXT, "insecure", "nsec3-iterations"],
  ["none.test", TYPE.TXT, "secure"],
  ["none.example", TYPE.TXT, "secure"],
];

describe("DNSSEC states beside Unbound's, over NSD, of zones signed by ldns and BIND", () => {
  test.each(rows)("RES-12 RES-13 %s type %i is %s %s", async (name, type, expected, reason) => {
    const resolution = await walk(name, type);
    const seen = states(resolution);
    expect(seen.map(({ state }) => state).join(" "), JSON.stringify(seen)).toBe(expected);
    const last = seen.at(-1);
    expect(last && "reason" in last ? last.reason : undefined).toBe(reason);
    const weakest = ["bogus", "insecure"].find((state) => expected.includes(state)) ?? "secure";
    expect(await askUnbound(name, type)).toBe(weakest);
    expect(JSON.parse(JSON.stringify(seen))).toEqual(seen);
  });

  test("RES-12 signatures with SHA-1 count as unsupported (RFC 9905), whatever Unbound of today makes of them", async () => {
    const { dnssec } = await walk(key("sha1"), TYPE.TXT);
    expect(dnssec).toEqual({ state: "insecure", zone: "sha1.test", reason: "unsupported-algorithm", algorithms: [7] });
  });

  test("R-51 a validated chain of two zones costs few queries", async () => {
    const { exchanges } = await walk("s2._domainkey.good.test", TYPE.TXT);
    // Referrals and answers 6, DNSKEY of ., test, good.test and rsa.test 4, the address of ns.tld.
    expect(exchanges.length).toBeLessThanOrEqual(14);
  });
});
