import { buildZone, formatMessage, parseZoneFile, TYPE, zoneSet } from "chancery/dns";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, expect, test } from "vitest";
import { createResponder } from "../respond.ts";
import { startDnsServer } from "../server.ts";

const open: { close(): Promise<unknown> }[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((thing) => thing.close()));
});

const key = Buffer.alloc(294, 7).toString("base64");
const text = `@ 60 SOA ns1 h 1 2 3 4 5
@ 60 NS ns1
ns1 60 A 192.0.2.1
s1._domainkey 60 TXT "v=DKIM1; p=${key.slice(0, 244)}" "${key.slice(244)}"
alias 60 CNAME ns1
*.w 60 TXT wildcard
sub 60 NS ns.sub
ns.sub 60 AAAA 2001:db8::1
big 60 TXT ${`"${"x".repeat(255)}" `.repeat(8)}`;

function queries(): Uint8Array[] {
  const names = ["", "s1._domainkey.", "alias.", "no.", "q.w.", "a.sub.", "big.", "_domainkey."];
  const types = [TYPE.TXT, TYPE.A, TYPE.NS, TYPE.ANY, TYPE.AXFR];
  const flags = { response: false, opcode: 0, authoritative: false, truncated: false, recursionAvailable: false };
  const more = { authenticData: false, checkingDisabled: false, rcode: 0, answers: [], authority: [], additional: [] };
  const plain = { ...flags, ...more, recursionDesired: false };
  const edns = { udpSize: 1232, version: 0, dnssecOk: true, extendedRcode: 0, options: [] };
  const sound = names.flatMap((name) =>
    types.flatMap((type) =>
      [undefined, edns].map((opt, index) => {
        const questions = [{ name: `${name}example.com`, type, class: 1 }];
        return formatMessage({ ...plain, id: index, questions, ...(opt && { edns: opt }) });
      }),
    ),
  );
  const cut = sound.slice(0, 9).map((query, index) => query.subarray(0, 12 + index));
  const long = new Uint8Array(700);
  long.set(sound[0]!);
  return [...sound, ...cut, long].map((query, id) => {
    const numbered = query.slice();
    numbered.set([id >> 8, id & 0xff]);
    return numbered;
  });
}

test("datagrams one by one and many a system call get the same answers, octet for octet", async () => {
  const records = parseZoneFile(text, { origin: "example.com" });
  const zone = buildZone("example.com", records.ok ? records.value : expect.fail(records.problem));
  const zones = zoneSet([zone.ok ? zone.value : expect.fail(zone.problem)]);
  const asked = queries();
  const answersBy = async (udp: "batched-if-possible" | "one-by-one"): Promise<Map<number, string>> => {
    const answer = createResponder({ served: () => ({ zones, history: () => [] }), nsid: Uint8Array.of(1, 2) });
    const server = await startDnsServer({ listen: [{ host: "127.0.0.1", port: 0 }], answer, udp });
    open.push(server);
    const socket = createSocket({ type: "udp4", recvBufferSize: 4_000_000 });
    open.push({ close: () => new Promise<void>((closed) => void socket.close(closed)) });
    socket.bind(0, "127.0.0.1");
    await once(socket, "listening");
    const answers = new Map<number, string>();
    socket.on("message", (reply) => answers.set(reply.readUInt16BE(0), reply.toString("hex")));
    for (const query of asked) socket.send(query, server.port, "127.0.0.1");
    for (let tries = 0; answers.size < asked.length && tries < 300; tries++) await sleep(10);
    return answers;
  };
  const batched = await answersBy("batched-if-possible");
  expect(batched.size).toBe(asked.length);
  expect(await answersBy("one-by-one")).toEqual(batched);
});
