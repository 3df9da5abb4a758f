import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { RCODE, TYPE, type DnssecState } from "chancery/dns";
import { defaultAuditPolicy } from "../../server/src/model/audit/check.ts";
import { nothingExpected } from "../../server/src/model/audit/expectations.ts";
import { auditDomain } from "../../server/src/service/audit/audit-domain.ts";
import { createStubResolver } from "../../server/src/engine/resolver/stub.ts";
import { exchange } from "../../server/src/engine/resolver/transport/exchange.ts";
import { createIterativeResolver } from "../../server/src/engine/resolver/iterative.ts";
import type { Resolution } from "../../server/src/engine/resolver/resolution.ts";
import { trustAnchors, type TrustAnchors } from "../../server/src/engine/resolver/dnssec/trust-anchors.ts";
import { startNsd } from "../rig/nsd.ts";
import { startUnbound } from "../rig/unbound.ts";
import { signWithOptOut, signZone, type SignedZone, type Signing } from "./dnssec-lab.ts";

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
  ["slower", "", { nsec3: ["-t", "501"] }, "given"],
];

let directory: string;
let anchor: string;
let anchors: TrustAnchors;
const stops: (() => Promise<unknown>)[] = [];
const root = [{ name: "ns.root", addresses: [at(1)] }];
const unbound = { address: at(8), port: 53 };

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "dnssec-unbound-"));
  const sign = (origin: string, text: string, signing?: Signing): SignedZone =>
    signZone(directory, origin, text, signing);
  const zoneOf = (origin: string, text: string, signing: (typeof children)[number][2]): SignedZone => {
    if (signing === "unsigned") return { origin, text, ds: "" };
    return typeof signing === "string" ? signWithOptOut(directory, origin, text) : sign(origin, text, signing);
  };
  const delegations: string[] = [];
  // Below a signed zone, and on its very servers: one with a DS record, one without.
  const below = sign("signed.good.test", child(""));
  const served: Record<string, string> = {
    "signed.good.test": below.text,
    "inside.good.test": child(""),
    "sub.optout.test": child(""),
  };
  for (const [label, body, signing, ds] of children) {
    const origin = `${label}.test`;
    const text = child(body) + (label === "good" ? `signed DS ${below.ds}\n` : "");
    const zone = zoneOf(origin, text, signing);
    served[origin] = zone.text;
    const parent = `${label} NS ns.test.\n`;
    delegations.push(ds === "none" ? parent : `${parent}${label} DS ${ds === "given" ? zone.ds : ds}\n`);
  }
  // Two servers that were given the keys, and the wishes to the parent, at different times.
  const [early, late] = [1, 2].map(() => sign("rolled.test", child("")));
  const wish = sign("wish.test", child(`@ CDS ${early!.ds}`));
  delegations.push(`rolled NS ns.test.\nrolled NS other.test.\nrolled DS ${early!.ds}\n`);
  delegations.push(`wish NS ns.test.\nwish DS ${wish.ds}\n`);
  Object.assign(served, { "rolled.test": early!.text, "wish.test": wish.text });
  const top = sign("test", `${soa}@ NS ns.tld.\nns A ${at(3)}\nother A ${at(4)}\n${delegations.join("")}`);
  const rootText = `${soa}@ NS ns.root.\nns.root. A ${at(1)}\ntest. NS ns.tld.\nns.tld. A ${at(2)}\ntest. DS ${top.ds}\n`;
  const rootZone = sign(".", rootText);
  anchor = `. ${rootZone.ds}`;
  anchors = trustAnchors([anchor]);
  const started = await Promise.all([
    startNsd({ addresses: [at(1)], zones: { ".": rootZone.text } }),
    startNsd({ addresses: [at(2)], zones: { test: top.text } }),
    startNsd({ addresses: [at(3)], zones: served }),
    startNsd({ addresses: [at(4)], zones: { "rolled.test": late!.text } }),
    startUnbound({ ...unbound, root: { name: "ns.root", address: at(1) }, anchor: rootZone.ds }),
  ]);
  stops.push(...started.map((peer) => () => peer.stop()));
});

afterAll(async () => {
  await Promise.all(stops.map((stop) => stop()));
  rmSync(directory, { recursive: true, force: true });
});

const states = (resolution: Resolution): DnssecState[] =>
  [...resolution.aliases.map(({ dnssec }) => dnssec), resolution.dnssec].filter((state) => state !== undefined);

const walk = (name: string, type: number): Promise<Resolution> =>
  createIterativeResolver({ root, timeoutMs: 500, validation: { now, anchors } }).lookup(name, type);

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

  test("RES-13 more than 500 iterations are bogus, whatever Unbound of today makes of them", async () => {
    const { dnssec } = await walk("none.slower.test", TYPE.TXT);
    expect(dnssec).toMatchObject({ state: "bogus", zone: "slower.test", reason: "nsec3-iterations" });
  });

  test("R-51 a validated chain of two zones costs few queries", async () => {
    const { exchanges } = await walk("s2._domainkey.good.test", TYPE.TXT);
    // Referrals and answers 6, DNSKEY of ., test, good.test and rsa.test 4, the address of ns.tld.
    expect(exchanges.length).toBeLessThanOrEqual(14);
  });
});

describe("an audit over the same zones", () => {
  const audited = async (domain: string): Promise<string[]> => {
    const { audit } = await auditDomain({
      domain,
      now,
      lookup: createStubResolver({ servers: [unbound], dnssecOk: true }),
      dns: "network",
      dnssec: { iterative: { root, timeoutMs: 500 }, anchors },
      expectations: { ...nothingExpected, selectors: ["s1", "s2", "s3"] },
      context: { policy: defaultAuditPolicy },
    });
    const codes = ["Dnssec", "DsWithoutKey", "Cds", "DsChange", "DelegationUnsigned", "Undetermined"];
    return audit.findings
      .filter(({ code }) => codes.some((start) => code.startsWith(start)))
      .map(({ code, subject }) => `${code} ${subject}`)
      .sort();
  };

  const audits: [domain: string, findings: string[]][] = [
    // s3 leads to a zone whose signatures ran out.
    ["good.test", ["DnssecBogus expired.test"]],
    ["rsa.test", []],
    ["plain.test", []],
    ["expired.test", ["DnssecBogus expired.test"]],
    ["otherkey.test", ["DsWithoutKey otherkey.test"]],
    ["stripped.test", ["DsWithoutKey stripped.test"]],
    ["sha1.test", ["DnssecIgnored sha1.test"]],
    ["rolled.test", ["DsWithoutKey rolled.test"]],
    ["wish.test", ["CdsInconsistent wish.test"]],
  ];
  test.each(audits)("AUD-C-14 AUD-D-06 AUD-D-07 of %s finds %j", async (domain, findings) => {
    expect(await audited(domain)).toEqual(findings);
  });
});

test("trace --dnssec says of each alias whether it is signed", async () => {
  const environment = {
    ...process.env,
    CHANCERY_RESOLVER_ROOT: JSON.stringify(root),
    CHANCERY_RESOLVER_SERVERS: JSON.stringify([`${unbound.address}:${unbound.port}`]),
    CHANCERY_RESOLVER_TRUST_ANCHORS: JSON.stringify([anchor]),
  };
  const { stdout } = await promisify(execFile)("./chancery", ["trace", "s4", "good.test", "--dnssec"], {
    env: environment,
  }).catch((error: { stdout: string }) => error); // the key of the lab is none
  expect(stdout).toContain("DNSSEC of s4._domainkey.good.test: signed, and the signature holds\n");
  expect(stdout).toContain("DNSSEC of s1._domainkey.plain.test: not signed: plain.test has no DS record\n");
});
