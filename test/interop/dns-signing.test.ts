import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  formatZoneFile,
  rcodeName,
  rdataText,
  TYPE,
  typeName,
  zoneRecords,
  type Message,
  type Zone,
  type ZoneSigning,
} from "chancery/dns";
import { createIterativeResolver } from "../../server/src/engine/resolver/iterative.ts";
import { trustAnchors } from "../../server/src/engine/resolver/dnssec/trust-anchors.ts";
import { exchange } from "../../server/src/engine/resolver/transport/exchange.ts";
import { startBindResolver, type BindResolver } from "../rig/bind-resolver.ts";
import { run, temporaryDirectory, type RunResult } from "../rig/peer.ts";
import { startUnbound } from "../rig/unbound.ts";
import {
  dsOf,
  epochSeconds,
  newKey,
  onlineZone,
  plainZone,
  presignedZone,
  serve,
  signingWith,
} from "./dns-signing-lab.ts";
import { signWithOptOut, signZone as signByLdns } from "./dnssec-lab.ts";

/*
 * A small internet on our name server: every zone signed, in every way that there is, down from the root. Resolvers of others look names
 * up in it and say whether they believe what they find.
 */
const at = (last: number): string => `127.53.65.${last}`;
const root = { name: "ns.root", address: at(1) };
const soa = "$TTL 300\n@ 3600 IN SOA ns.test. hostmaster 7 3600 600 1209600 120\n";

/** What a zone of each kind holds. */
const body = (next: string, childDs: string): string => `${soa}@ NS ns.test.
www A 192.0.2.1
s1._domainkey TXT "v=DKIM1; p=abc"
alias CNAME www
gone CNAME none
cross CNAME www.${next}
lost CNAME none.${next}
*.wild TXT "any"
*.walias CNAME www
a.ent TXT "x"
ren DNAME ent
inside NS ns.test.
signed NS ns.test.
signed DS ${childDs}
`;
const childBody = `${soa}@ NS ns.test.\nwww A 192.0.2.1\n`;

const kinds = ["online13", "online15", "whole13", "whole15", "foreign", "foreign3"] as const;
type Kind = (typeof kinds)[number];
const isOnline = (kind: Kind): boolean => kind.startsWith("online");

const zones = new Map<string, Zone>();
const directory = temporaryDirectory("dns-signing");
const stops: (() => Promise<unknown>)[] = [];
let resolvers: Record<"Unbound" | "BIND", { address: string; port: number }>;
let bind: BindResolver;
let anchor: string;
/** DNSKEY RDATA of the root as text. */
let rootKey: string;

beforeAll(async () => {
  const delegations: string[] = [];
  for (const [index, kind] of kinds.entries()) {
    const origin = `${kind}.test`;
    const child = signingWith(newKey(15, "both"));
    const algorithm = kind.endsWith("15") ? 15 : 13;
    const signing =
      algorithm === 15 ? signingWith(newKey(15, "both")) : signingWith(newKey(13, "keys"), newKey(13, "zone"));
    const text = body(`${kinds[(index + 1) % kinds.length]}.test.`, dsOf(`signed.${origin}`, child));
    let ds = dsOf(origin, signing);
    if (isOnline(kind)) zones.set(origin, onlineZone(origin, text, signing));
    else if (kind.startsWith("whole")) zones.set(origin, presignedZone(origin, text, signing));
    else {
      const foreign = signByLdns(directory.path, origin, text, kind === "foreign3" ? { nsec3: [] } : {});
      ({ ds } = foreign);
      zones.set(origin, plainZone(origin, foreign.text));
    }
    zones.set(`signed.${origin}`, onlineZone(`signed.${origin}`, childBody, child));
    zones.set(`inside.${origin}`, plainZone(`inside.${origin}`, childBody));
    delegations.push(`${kind} NS ns.test.\n${kind} DS ${ds}\n`);
  }
  // Whoever signs with opt-out says nothing of delegations that are not signed.
  const optOut = signWithOptOut(directory.path, "optout.test", body("foreign.test.", `1 13 2 ${"00".repeat(32)}`));
  zones.set("optout.test", plainZone("optout.test", optOut.text));
  zones.set("inside.optout.test", plainZone("inside.optout.test", childBody));
  delegations.push(`optout NS ns.test.\noptout DS ${optOut.ds}\n`);
  const top = signingWith(newKey(13, "both"));
  const tld = onlineZone("test", `${soa}@ NS ns.tld.\nns A ${at(3)}\n${delegations.join("")}`, top);
  const rootSigning = signingWith(newKey(13, "keys"), newKey(13, "zone"));
  const rootText = `${soa}@ NS ns.root.\nns.root. A ${at(1)}\ntest. NS ns.tld.\nns.tld. A ${at(2)}\ntest. DS ${dsOf("test", top)}\n`;
  const rootZone = presignedZone(".", rootText, rootSigning);
  anchor = dsOf(".", rootSigning);
  rootKey = rdataText(TYPE.DNSKEY, rootSigning.keys[0]?.dnskey ?? new Uint8Array(0));
  const servers = await Promise.all([serve(at(1), [rootZone]), serve(at(2), [tld]), serve(at(3), [...zones.values()])]);
  stops.push(...servers.map((server) => () => server.close()));
  const unbound = await startUnbound({ address: at(8), root, anchor });
  stops.push(() => unbound.stop());
  bind = await startBindResolver({ root, anchor });
  stops.push(() => bind.stop());
  resolvers = { Unbound: unbound, BIND: bind };
});

afterAll(async () => {
  await Promise.all(stops.map((stop) => stop()));
  directory.remove();
});

async function ask(resolver: { address: string; port: number }, name: string, type: number): Promise<Message> {
  const done = await exchange({ name, type }, resolver, { recursionDesired: true, dnssecOk: true, timeoutMs: 10_000 });
  if (done.result === "failed") throw new Error(`${name}: ${done.failure}`);
  return done.message;
}

/** What is asked of every zone: the name below it, the type, and what comes back: RRsets and RCODE, NXDOMAIN unless denied compactly. */
const rows: [
  label: string,
  type: number,
  expected: "secure" | "insecure",
  answers: number,
  rcode: "NOERROR" | "NXDOMAIN",
][] = [
  ["www", TYPE.A, "secure", 1, "NOERROR"],
  ["WwW", TYPE.A, "secure", 1, "NOERROR"],
  ["s1._domainkey", TYPE.TXT, "secure", 1, "NOERROR"],
  ["www", TYPE.TXT, "secure", 0, "NOERROR"],
  ["none", TYPE.A, "secure", 0, "NXDOMAIN"],
  ["deep.below.none", TYPE.TXT, "secure", 0, "NXDOMAIN"],
  ["below.www", TYPE.A, "secure", 0, "NXDOMAIN"],
  ["ent", TYPE.A, "secure", 0, "NOERROR"],
  ["_domainkey", TYPE.TXT, "secure", 0, "NOERROR"],
  ["q.wild", TYPE.TXT, "secure", 1, "NOERROR"],
  ["r.q.wild", TYPE.TXT, "secure", 1, "NOERROR"],
  ["q.wild", TYPE.A, "secure", 0, "NOERROR"],
  ["*.wild", TYPE.TXT, "secure", 1, "NOERROR"],
  ["q.walias", TYPE.A, "secure", 2, "NOERROR"],
  ["alias", TYPE.A, "secure", 2, "NOERROR"],
  ["gone", TYPE.A, "secure", 1, "NXDOMAIN"],
  ["cross", TYPE.A, "secure", 2, "NOERROR"],
  ["a.ren", TYPE.TXT, "secure", 3, "NOERROR"],
  ["b.ren", TYPE.TXT, "secure", 2, "NXDOMAIN"],
  ["www.inside", TYPE.A, "insecure", 1, "NOERROR"],
  ["none.inside", TYPE.A, "insecure", 0, "NXDOMAIN"],
  ["inside", TYPE.DS, "secure", 0, "NOERROR"],
  ["www.signed", TYPE.A, "secure", 1, "NOERROR"],
  ["signed", TYPE.DS, "secure", 1, "NOERROR"],
  ["", TYPE.DNSKEY, "secure", 1, "NOERROR"],
  ["", TYPE.DS, "secure", 1, "NOERROR"],
  ["www", TYPE.NSEC, "secure", 1, "NOERROR"],
];

const packages: Readonly<Record<string, string>> = {
  delv: "bind9-dnsutils",
  "dnssec-verify": "bind9-utils",
  "ldns-verify-zone": "ldnsutils",
  dnsviz: "dnsviz",
  "/usr/bin/python3": "python3-pygraphviz",
  kdig: "knot-dnsutils",
};
const tool = (command: string, args: readonly string[]): Promise<RunResult> =>
  run(command, args).catch((error: unknown) => {
    throw String(error).includes("ENOENT")
      ? new Error(`${command} is needed for this: apt install ${packages[command]}`)
      : error;
  });

const nameOf = (label: string, kind: Kind): string => (label === "" ? `${kind}.test` : `${label}.${kind}.test`);

describe.each(kinds)(
  "DNS-E-03 DNS-E-06 DNS-E-07 DNS-E-09 DNS-E-14 DNS-E-15 a zone of the kind %s is believed",
  (kind) => {
    test.each(["Unbound", "BIND"] as const)("by %s", async (resolver) => {
      const said = await Promise.all(
        rows.map(async ([label, type]) => {
          const reply = await ask(resolvers[resolver], nameOf(label, kind), type);
          const answers = new Set(
            reply.answers.flatMap((record) => (record.type === TYPE.RRSIG ? [] : [`${record.name} ${record.type}`])),
          );
          return [
            label,
            typeName(type),
            reply.authenticData ? "secure" : "insecure",
            answers.size,
            rcodeName(reply.rcode),
          ];
        }),
      );
      expect(said).toEqual(
        rows.map(([label, type, expected, count, rcode]) => {
          // What is missing below `inside` is missing from a zone that is not signed.
          const isCompact = isOnline(kind) && !label.endsWith("inside");
          const sets = type === TYPE.NSEC && kind === "foreign3" ? 0 : count;
          return [label, typeName(type), expected, sets, isCompact ? "NOERROR" : rcode];
        }),
      );
    });

    test("RES-12 by our own resolver", async () => {
      const validation = { now: epochSeconds(), anchors: trustAnchors([`. ${anchor}`]) };
      const resolver = createIterativeResolver({
        root: [{ name: root.name, addresses: [root.address] }],
        timeoutMs: 2000,
        validation,
      });
      for (const [label, type, expected] of rows) {
        const name = nameOf(label, kind).toLowerCase();
        const { dnssec } = await resolver.lookup(name, type);
        const said = `${name} ${typeName(type)} ${dnssec?.state}`;
        expect(said, JSON.stringify(dnssec)).toBe(`${name} ${typeName(type)} ${expected}`);
      }
    });
  },
);

test.each(["Unbound", "BIND"] as const)(
  "a zone with opt-out, signed by BIND, is believed by %s as far as it speaks",
  async (resolver) => {
    const asked: [string, number, string][] = [
      ["www.optout.test", TYPE.A, "NOERROR secure"],
      ["www.optout.test", TYPE.TXT, "NOERROR secure"],
      ["ent.optout.test", TYPE.A, "NOERROR secure"],
      ["signed.optout.test", TYPE.DS, "NOERROR secure"],
      ["www.inside.optout.test", TYPE.A, "NOERROR insecure"],
      ["inside.optout.test", TYPE.DS, "NOERROR insecure"],
      ["none.optout.test", TYPE.A, "NXDOMAIN insecure"],
    ];
    for (const [name, type, expected] of asked) {
      const reply = await ask(resolvers[resolver], name, type);
      const said = `${rcodeName(reply.rcode)} ${reply.authenticData ? "secure" : "insecure"}`;
      expect(`${name} ${said}`).toBe(`${name} ${expected}`);
    }
  },
);

describe.each(["online13", "whole15"] as const)("a zone of the kind %s", (kind) => {
  test.each([
    [`www.${kind}.test`, "A", "fully validated"],
    [`none.${kind}.test`, "A", "negative response, fully validated"],
    [`q.wild.${kind}.test`, "TXT", "fully validated"],
    [`www.inside.${kind}.test`, "A", "unsigned answer"],
  ])("DNS-E-03 is fully validated by delv: %s %s", async (name, type, said) => {
    const args = [`@${bind.address}`, "-p", String(bind.port), "-a", bind.keysFile, "+root=.", name, type];
    const { stdout, stderr } = await tool("delv", args);
    expect(stdout + stderr).toContain(`; ${said}\n`);
  });
});

describe("DNS-E-14 a zone signed as a whole, as a file", () => {
  const [keys, zone, both] = [newKey(13, "keys"), newKey(13, "zone"), newKey(15, "both")];
  const ways: [string, ZoneSigning, string[]][] = [
    ["two keys of algorithm 13", signingWith(keys, zone), []],
    ["one key of algorithm 15", signingWith(both), ["-z"]], // -z: one key for everything
    ["both algorithms, as in a roll", signingWith(newKey(13, "both"), both), ["-z"]],
  ];
  test.each(ways)("is sound to ldns-verify-zone and dnssec-verify: %s", async (_, signing, words) => {
    const records = zoneRecords(
      presignedZone("example.com", body("example.net.", `1 13 2 ${"00".repeat(32)}`), signing),
    );
    const file = join(directory.path, "verify.zone");
    writeFileSync(file, formatZoneFile("example.com", records));
    const ldns = await tool("ldns-verify-zone", [file]);
    expect(ldns).toMatchObject({ status: 0, stdout: "Zone is verified and complete\n" });
    const verify = await tool("dnssec-verify", ["-q", ...words, "-o", "example.com", file]);
    expect(verify).toMatchObject({ status: 0, stderr: "" });
  });
});

test("dnsviz finds nothing wrong but that the addresses are those of a laboratory", async () => {
  const probe = join(directory.path, "probe.json");
  const names = [
    "www.online13.test",
    "none.online15.test",
    "www.whole13.test",
    "q.wild.whole15.test",
    "none.foreign.test",
  ];
  const probed = await tool("dnsviz", [
    "probe",
    "-A",
    "-a",
    ".",
    "-x",
    `.+:${root.name}=${root.address}`,
    "-t",
    "4",
    "-o",
    probe,
    ...names,
  ]);
  expect(probed.status, probed.stderr).toBe(0);
  const keys = join(directory.path, "root.key");
  writeFileSync(keys, `. IN DNSKEY ${rootKey}\n`);
  const { stdout, stderr } = await tool("/usr/bin/python3", ["-c", grok, "-t", keys, "-r", probe, "-l", "warning"]);
  const found = [...stdout.matchAll(/"code": "(\w+)"/g)].map(([, code]) => code);
  expect(found.length, stderr).toBeGreaterThan(0);
  expect(new Set(found), stdout).toEqual(new Set(["NS_NAME_PRIVATE_IP", "GLUE_PRIVATE_IP"]));
});

/** `dnsviz grok`, which asks for a module that Debian's pygraphviz leaves out. */
const grok = `import sys, types, pygraphviz
release = types.ModuleType("pygraphviz.release")
release.version = "1.7"
sys.modules["pygraphviz.release"] = pygraphviz.release = release
from dnsviz.commands.grok import main
main(sys.argv)`;

test("DNS-E-06 DNS-E-11 kdig shows a compact denial, with the RCODE that was asked for", async () => {
  const shown = async (...words: string[]): Promise<string> =>
    (await tool("kdig", [`@${at(3)}`, "+norecurse", ...words, "none.online13.test", "A"])).stdout.replaceAll(
      /[ \t]+/g,
      " ",
    );
  const signed = await shown("+dnssec");
  expect(signed).toContain("status: NOERROR");
  expect(signed).toMatch(
    /^none\.online13\.test\. 120 IN NSEC \\000\.none\.online13\.test\. RRSIG NSEC (TYPE128|NXNAME)$/m,
  );
  expect(await shown()).toContain("status: NXDOMAIN");
});
