import { expect, test } from "vitest";
import type { SoaSaid } from "../../evidence/delegation.ts";
import { answersOverTcp } from "./tcp-blocked.ts";
import { lookAt, refused, silent, zoneWithAddress } from "./test-evidence.ts";

const broken: SoaSaid = { state: "silent", why: "network", tries: 1 };

test.each<[title: string, tcp: SoaSaid]>([
  ["a refused connection", broken],
  ["silence met twice", silent],
  ["another answer than over UDP", refused],
])("AUD-C-15 %s over TCP", (_title, tcp) => {
  expect(lookAt(answersOverTcp, [zoneWithAddress({ tcp })])).toMatchObject([
    {
      code: "TcpBlocked",
      severity: "medium",
      subject: "customer.example",
      summary: "1 of 2 server addresses of customer.example answer over UDP and not over TCP",
      commands: ["dig +norecurse +tcp @9.2.2.2 customer.example SOA"],
    },
  ]);
});

test.each<[title: string, udp: SoaSaid, tcp: SoaSaid]>([
  ["both answer", { state: "authoritative" }, { state: "authoritative" }],
  ["AUD-D-14 one single timeout", { state: "authoritative" }, { ...broken, why: "timeout" }],
  ["not asked", { state: "authoritative" }, { state: "not asked", why: "budget" }],
  ["a dead server", silent, broken],
])("AUD-C-15 no finding: %s", (_title, udp, tcp) => {
  expect(lookAt(answersOverTcp, [zoneWithAddress({ udp, tcp })])).toBe("passed");
});
