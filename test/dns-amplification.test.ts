// What a forged query can make a name server send to a victim: for every type and flag, against every kind of zone.
import { answer, zoneSet, type ZoneSet } from "chancery/dns";
import { expect, test } from "vitest";
import { createRateLimiter } from "../server/src/engine/dns-server/rate-limit.ts";
import { createResponder } from "../server/src/engine/dns-server/respond.ts";
import { epochSeconds, newKey, onlineZone, plainZone, presignedZone, signingWith } from "./interop/dns-signing-lab.ts";

const big = `"${"x".repeat(250)}" `.repeat(16);
const hosts = Array.from(
  { length: 12 },
  (_, host) => `@ 3600 NS ns${host}\nns${host} 3600 A 192.0.2.${host + 1}\nns${host} 3600 AAAA 2001:db8::${host + 1}`,
);
const text = `@ 3600 SOA ns0 h 1 2 3 4 300
${hosts.join("\n")}
@ 3600 TXT ${big}
@ 3600 MX 10 ns0
big 3600 TXT ${big}
*.wild 3600 TXT ${big}
alias 3600 CNAME big
one 3600 A 192.0.2.1
ren 3600 DNAME wild
sub 3600 NS ns.sub
sub 3600 DS 1 13 2 ${"00".repeat(32)}
ns.sub 3600 A 192.0.2.9
`;
const names = ["", "big", "any.wild", "alias", "one", "a.ren", "x.sub", "none"];
const types = [
  ...Array.from({ length: 66 }, (_, type) => type),
  99,
  108,
  128,
  249,
  250,
  251,
  252,
  253,
  254,
  255,
  256,
  257,
  258,
  65280,
  65535,
];
const signing = signingWith(newKey(13, "keys"), newKey(13, "zone"));
const kinds: Record<string, ZoneSet> = {
  plain: zoneSet([plainZone("example.com", text)]),
  online: zoneSet([onlineZone("example.com", text, signing)]),
  presigned: zoneSet([presignedZone("example.com", text, signing)]),
};

type Form = { edns: "none" | number; dnssecOk: boolean; flags: number };
function queryOf(name: string, type: number, { edns, dnssecOk, flags }: Form): Uint8Array {
  const labels = [...(name === "" ? [] : name.split(".")), "example", "com"];
  const octets = [...labels.flatMap((label) => [label.length, ...Buffer.from(label)]), 0, type >> 8, type & 255, 0, 1];
  const opt = edns === "none" ? [] : [0, 0, 41, edns >> 8, edns & 255, 0, 0, dnssecOk ? 128 : 0, 0, 0, 0];
  return Uint8Array.from([
    1,
    2,
    flags >> 8,
    flags & 255,
    0,
    1,
    0,
    0,
    0,
    0,
    0,
    edns === "none" ? 0 : 1,
    ...octets,
    ...opt,
  ]);
}
const forms: Form[] = [
  { edns: "none" as const, dnssecOk: false },
  ...[0, 512, 1232, 4096, 65535].flatMap((edns) => [true, false].map((dnssecOk) => ({ edns, dnssecOk }))),
].flatMap((form) => [0, 0x0100, 0x0010, 0x07ff].map((flags) => ({ ...form, flags })));

test.each(Object.keys(kinds))(
  "DNS-C-22 R-23 no reply over UDP from a zone that is %s is longer than 1232 octets, nor than was asked for",
  (kind) => {
    const now = epochSeconds();
    let longest = 0;
    for (const name of names)
      for (const type of types)
        for (const form of forms) {
          const octets = answer(kinds[kind]!, queryOf(name, type, form), "udp", { now, reply: "copied" })?.length ?? 0;
          const most = form.edns === "none" ? 512 : Math.min(1232, Math.max(512, form.edns));
          if (octets > most) expect.fail(`${name} ${type} ${JSON.stringify(form)}: ${octets} octets`);
          longest = Math.max(longest, octets);
        }
    expect(longest).toBeGreaterThan(500); // else nothing was tried
  },
);

test.each(Object.keys(kinds))(
  "DNS-C-22 R-23 a victim gets less than a forger sends: ten seconds of the largest answers from a zone that is %s",
  (kind) => {
    const victim = { transport: "udp", from: "192.0.2.77", octets: Uint8Array.of(192, 0, 2, 77) } as const;
    const now = epochSeconds();
    let ms = 0;
    const respond = createResponder({
      served: () => ({ zones: kinds[kind]!, history: () => [] }),
      now: () => now,
      limiter: createRateLimiter({ responsesPerSecond: 100, slip: 2 }, () => ms),
    });
    const form: Form = { edns: 4096, dnssecOk: true, flags: 0 };
    for (const [name, type] of [
      ["", 2],
      ["one", 1],
      ["none", 1],
    ] as const) {
      const query = queryOf(name, type, form);
      let [sent, got] = [0, 0];
      for (let asked = 0; asked < 10_000; asked++) {
        ms += 1;
        sent += query.length;
        const reply = respond(query, victim);
        if (reply instanceof Uint8Array) got += reply.length;
      }
      expect(got, `${name} ${type}`).toBeLessThan(sent);
    }
  },
);
