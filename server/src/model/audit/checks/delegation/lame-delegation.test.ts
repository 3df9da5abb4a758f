import { expect, test } from "vitest";
import type { AddressEvidence, Lameness, SoaSaid } from "../../evidence/delegation.ts";
import { answersWithAuthority } from "./lame-delegation.ts";
import {
  address,
  asked,
  evidence,
  look,
  lookAt,
  refused,
  server,
  silent,
  zone,
  zoneWithAddress,
} from "./test-evidence.ts";

const lame = (how: Lameness): SoaSaid => ({ state: "lame", how });

test.each<[title: string, changes: Partial<AddressEvidence>, how: string]>([
  ["REFUSED", { udp: refused, tcp: refused }, "REFUSED"],
  ["SERVFAIL", { udp: lame("servfail"), tcp: lame("servfail") }, "SERVFAIL"],
  ["NXDOMAIN", { udp: lame("nxdomain"), tcp: lame("nxdomain") }, "says that the zone does not exist (NXDOMAIN)"],
  ["an upward referral", { udp: lame("upward-referral"), tcp: lame("upward-referral") }, "refers to a zone above"],
  ["an answer without AA", { udp: lame("not-authoritative"), tcp: silent }, "answers without authority"],
  ["silence over UDP and TCP", { udp: silent, tcp: silent }, "no answer, asked more than once"],
])("AUD-D-02 %s is lame", (_title, changes, how) => {
  expect(lookAt(answersWithAuthority, [zoneWithAddress(changes)])).toMatchObject([
    {
      code: "LameDelegation",
      severity: "high",
      subject: "customer.example",
      summary: "1 of 2 listed name servers does not answer for customer.example with authority: ns2.customer.example",
      evidence: [`ns2.customer.example (9.2.2.2): ${how}`],
      commands: ["dig +norecurse @9.2.2.2 customer.example SOA"],
    },
  ]);
});

const once: SoaSaid = { state: "silent", why: "timeout", tries: 1 };
const notAsked: SoaSaid = { state: "not asked", why: "no-route" };
test.each<[title: string, changes: Partial<AddressEvidence>]>([
  ["AUD-D-02 sound servers are not lame", {}],
  ["AUD-D-14 one single timeout is no lameness", { udp: once, tcp: { ...once, tries: 0 } }],
  ["an address that this machine has no way to is not lame", { udp: notAsked, tcp: notAsked }],
  [
    "RES-10 a silent IPv6 address is not lame where no IPv6 was heard",
    { address: "2a00::2", udp: silent, tcp: silent },
  ],
  ["AUD-C-15 a server that is silent over TCP alone is not lame", { tcp: silent }],
])("%s", (_title, changes) => {
  expect(lookAt(answersWithAuthority, [zoneWithAddress(changes)])).toBe("passed");
});

test("RES-10 a silent IPv6 address of a server that answers over IPv4 does not make it lame", () => {
  const dead = address("2a00::2", { servers: ["ns1.customer.example"], udp: silent, tcp: silent });
  const heard = address("2a00::1", { servers: ["ns2.customer.example"] });
  expect(lookAt(answersWithAuthority, [zone({ addresses: [...zone().addresses, dead, heard] })])).toBe("passed");
});

test("AUD-D-11 a zone that nobody claimed at a provider is told as that, not as lame", () => {
  const servers = [server("ns1.dns-host.example", { registrableDomain: "dns-host.example" })];
  const addresses = [address("9.3.3.3", { servers: ["ns1.dns-host.example"], udp: refused, tcp: refused })];
  expect(lookAt(answersWithAuthority, [zone({ servers, addresses })])).toBe("passed");
});

test("servers that nobody asked, or could ask, give no finding", () => {
  expect(look(answersWithAuthority, evidence(undefined))).toBe("needs evidence");
  const unreachable = { state: "unreachable", why: "silence" } as const;
  expect(look(answersWithAuthority, evidence({ authorities: unreachable }))).toBe("needs evidence");
  expect(look(answersWithAuthority, evidence({ authorities: asked([]) }))).toBe("does not apply");
});

test("a zone of somebody else is theirs to mend", () => {
  const [first] = lookAt(answersWithAuthority, [{ ...zoneWithAddress({ udp: refused }), apex: "esp.test" }]);
  expect(first).toMatchObject({ remedy: expect.stringMatching(/^ask whoever runs esp\.test: /) as string });
});
