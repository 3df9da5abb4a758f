import { expect, test } from "vitest";
import type { ZoneEvidence } from "../../evidence/delegation.ts";
import { serversAreSeveral } from "./few-servers.ts";
import { address, lookAt, server, zone } from "./test-evidence.ts";

const namesOf = (literals: string[]): string[] => literals.map((_, index) => `ns${index + 1}.customer.example`);
const at = (...literals: string[]): ZoneEvidence =>
  zone({
    servers: literals.map((literal, index) => server(`ns${index + 1}.customer.example`, { own: [literal] })),
    addresses: literals.map((literal) => address(literal, { ns: { names: namesOf(literals), ttlSeconds: 60 } })),
  });

test.each([
  ["one server", at("9.1.1.1"), "has one name server"],
  ["two in one /24", at("9.1.1.1", "9.1.1.2"), "has all its name servers in the network 9.1.1.0/24"],
])("AUD-D-05 %s", (_title, seen, problem) => {
  expect(lookAt(serversAreSeveral, [seen])).toMatchObject([
    { code: "FewServers", severity: "low", subject: "customer.example", summary: `customer.example ${problem}` },
  ]);
});

const [alone] = at("9.1.1.1").addresses;
const lab = at("127.0.0.1", "127.0.0.2");
test.each([
  ["two networks", at("9.1.1.1", "9.1.2.1")],
  ["IPv4 and IPv6", at("9.1.1.1", "2a00:1:2::1")],
  [
    "a server whose addresses are not known",
    zone({ servers: [server("a.example"), server("b.example", { own: ["9.1.1.1"] })] }),
  ],
  [
    "a second server that only the zone lists",
    { ...at("9.1.1.1"), addresses: [{ ...alone!, ns: { names: namesOf(["", ""]), ttlSeconds: 60 } }] },
  ],
  ["a lab", { ...lab, addresses: lab.addresses.map((seen) => ({ ...seen, special: true })) }],
  ["a zone of somebody else", { ...at("9.1.1.1"), apex: "esp.test" }],
])("AUD-D-05 no finding: %s", (_title, seen) => {
  expect(lookAt(serversAreSeveral, [seen])).toBe("passed");
});
