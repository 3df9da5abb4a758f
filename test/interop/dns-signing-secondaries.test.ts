import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  buildZone,
  parseZoneFile,
  rcodeName,
  rdataText,
  readSoa,
  resign,
  signZone,
  soaData,
  TYPE,
  typeName,
  type ResourceRecord,
  type Zone,
} from "chancery/dns";
import { exchange } from "../../server/src/engine/resolver/transport/exchange.ts";
import { eventually, freePort, run, temporaryDirectory } from "../rig/peer.ts";
import { epochSeconds, newKey, signingWith } from "./dns-signing-lab.ts";
import {
  keyOf,
  secretOf,
  serialAt,
  startPrimary,
  startSecondary,
  transferred,
  type Primary,
  type RunningSecondary,
} from "./dns-transfer-rig.ts";

/*
 * A zone signed as a whole on name servers that know nothing of signing: it arrives sound, a change of it is a small transfer, and they answer
 * from it what we answer.
 */
const origin = "signed.example.com";
const makes = ["nsd", "knot"] as const;
const hostOf = (index: number): string => `127.54.19.${2 + index}`;
const keys = makes.map((make, index) => keyOf(`${make}.keys.example`, index + 1));
const signing = signingWith(newKey(13, "keys"), newKey(13, "zone"));

const text = `$TTL 300
@ 3600 SOA ns1 hostmaster 1 7200 900 1209600 120
@ NS ns1
@ MX 10 mail
ns1 A 192.0.2.1
www A 192.0.2.2
alias CNAME www
gone CNAME none
*.wild TXT "w"
b.wild TXT "b"
*.walias CNAME www
x.ent TXT "x"
ren DNAME ent
plain NS ns.plain
ns.plain A 192.0.2.3
child NS ns1
child DS 1 13 2 ${"00".repeat(32)}
${Array.from({ length: 60 }, (_, index) => `s${index}._domainkey TXT "v=DKIM1; p=${"A".repeat(index)}"`).join("\n")}
`;

function recordsAt(serial: number, more = ""): ResourceRecord[] {
  const records = parseZoneFile(text + more, { origin });
  if (!records.ok) throw new Error(records.problem);
  return records.value.map((record) =>
    record.type === TYPE.SOA ? { ...record, data: soaData({ ...readSoa(record.data), serial }) } : record,
  );
}
const zoneOf = (records: Iterable<ResourceRecord>): Zone => {
  const zone = buildZone(origin, records);
  return zone.ok ? zone.value : expect.fail(zone.problem);
};

let served = signZone(recordsAt(1), signing, epochSeconds());
let primary: Primary;
const running: RunningSecondary[] = [];
const directory = temporaryDirectory("dns-signing-secondaries");

beforeAll(async () => {
  const ports = await Promise.all(makes.map((_, index) => freePort(hostOf(index))));
  const secondaries = makes.map((name, index) => ({
    name,
    addresses: [{ host: hostOf(index), port: ports[index]! }],
    keys: [keys[index]!],
  }));
  primary = await startPrimary({ host: "127.54.19.1", keys, secondaries, zones: [zoneOf(served)] });
  for (const [index, make] of makes.entries()) {
    const setting = { host: hostOf(index), port: ports[index]!, primary, key: keys[index]!, zones: [origin] };
    running.push(await startSecondary(make, { ...setting, secret: secretOf(index + 1) }));
  }
});
afterAll(async () => {
  await Promise.all(running.map((one) => one.stop()));
  await primary?.close();
  directory.remove();
});

const untilSerial = (serial: number): Promise<unknown> =>
  Promise.all(
    running.map((one) =>
      eventually(async () => ((await serialAt(one, origin)) === serial ? true : undefined), {
        seconds: 20,
        otherwise: () => `${one.make} does not have serial ${serial}:\n${one.peer.output().slice(-3000)}`,
      }),
    ),
  );

/** What dnssec-verify says of the zone that a server gives out. */
async function verified(server: RunningSecondary): Promise<string> {
  const file = join(directory.path, `${server.make}.zone`);
  writeFileSync(file, (await transferred(server, origin)).join("\n") + "\n");
  const { status, stderr } = await run("dnssec-verify", ["-q", "-o", origin, file]);
  return status === 0 ? "sound" : stderr;
}

test("DNS-E-14 a zone signed as a whole comes to NSD and Knot, and verifies there", async () => {
  await untilSerial(1);
  for (const one of running) expect(await verified(one), one.make).toBe("sound");
});

test("DNS-E-14 DNS-D-13 a change of it is a small transfer, and the zone verifies again", async () => {
  const next = recordsAt(2, 'new TXT "n"\n');
  const change = resign(served, next, signing, epochSeconds(), { refreshBeforeSeconds: 86_400 });
  expect(change.added.length).toBeLessThanOrEqual(8); // the new record, two NSEC, the SOA, and a signature of each
  const gone = new Set(change.removed);
  served = [...served.filter((record) => !gone.has(record)), ...change.added];
  primary.transfers.length = 0;
  primary.publish(zoneOf(served));
  await untilSerial(2);
  for (const one of running) {
    expect(await verified(one), one.make).toBe("sound");
    const events = primary.transfers.filter((event) => event.event === "sent" && event.secondary === one.make);
    expect(events, one.make).toContainEqual(expect.objectContaining({ sent: "ixfr", serial: 2 }));
  }
});

const show = (records: readonly ResourceRecord[]): string[] =>
  records.map(({ name, ttl, type, data }) => `${name} ${ttl} ${typeName(type)} ${rdataText(type, data)}`).toSorted();

async function answerOf(server: { host: string; port: number }, name: string, type: number) {
  const where = { address: server.host, port: server.port };
  const done = await exchange({ name, type }, where, { dnssecOk: true, timeoutMs: 3000 });
  if (done.result === "failed") throw new Error(`${name}: ${done.failure}`);
  const { rcode, authoritative, answers, authority } = done.message;
  // Those two add the NS records of the zone where there is room.
  const proofs = authority.filter(
    (record) => !(record.name === origin && record.type === TYPE.NS) && !isNsSignature(record),
  );
  return { rcode: rcodeName(rcode), authoritative, answers: show(answers), authority: show(proofs) };
}
const isNsSignature = ({ name, type, data }: ResourceRecord): boolean =>
  name === origin && type === TYPE.RRSIG && data[1] === TYPE.NS;

describe("DNS-E-02 DNS-E-14 NSD and Knot answer from it what we answer", () => {
  const labels = [
    "",
    "www.",
    "none.",
    "below.www.",
    "ent.",
    "_domainkey.",
    "s7._domainkey.",
    "s99._domainkey.",
    "alias.",
    "gone.",
  ];
  const more = [
    "q.wild.",
    "b.wild.",
    "q.walias.",
    "wild.",
    "x.ren.",
    "y.ren.",
    "plain.",
    "a.plain.",
    "child.",
    "a.child.",
    "*.wild.",
  ];
  const types = [TYPE.A, TYPE.TXT, TYPE.DS, TYPE.NSEC, TYPE.SOA];
  const theirWay = [
    "nsd y.ren.", // behind a DNAME it leaves out the proof that there is no wildcard
    "knot q.walias. NSEC", // asked for NSEC of a wildcard, it takes the answer itself for the proof that no closer name exists
  ];
  test.each([...labels, ...more])("%ssigned.example.com", async (label) => {
    for (const type of types) {
      if (label === "" && type === TYPE.DS) continue;
      const name = `${label}${origin}`;
      const ours = await answerOf(primary, name, type);
      for (const one of running) {
        if (theirWay.includes(`${one.make} ${label}`) || theirWay.includes(`${one.make} ${label} ${typeName(type)}`))
          continue;
        expect(await answerOf(one, name, type), `${one.make}: ${name} ${typeName(type)}`).toEqual(ours);
      }
    }
  });
});
