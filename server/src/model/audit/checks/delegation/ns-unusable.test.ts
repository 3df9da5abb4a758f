import { expect, test } from "vitest";
import type { ServerEvidence } from "../../evidence/delegation.ts";
import { nameServersAreHosts } from "./ns-unusable.ts";
import { address, asked, evidence, look, lookAt, server, zone } from "./test-evidence.ts";

const special = { addresses: [address("10.0.0.1", { special: true })] };

test.each<[title: string, listed: ServerEvidence, problem: string]>([
  [
    "an alias",
    server("ns.example", { host: { state: "alias", target: "real.example" } }),
    "which is an alias (of real.example)",
  ],
  ["an address", server("192.0.2.1"), "which is an address and no name"],
  [
    "no such name",
    server("ns.example", { host: { state: "absent", reason: "nxdomain" } }),
    "a name that does not exist",
  ],
  ["no address", server("ns.example", { host: { state: "absent", reason: "nodata" } }), "a name without an address"],
  [
    "a private address",
    server("ns.example", { own: ["10.0.0.1"] }),
    "whose address 10.0.0.1 no public server can have",
  ],
])("AUD-D-03 %s as a name server", (_title, listed, problem) => {
  expect(lookAt(nameServersAreHosts, [zone({ servers: [listed], ...special })])).toMatchObject([
    {
      code: "NsUnusable",
      severity: "medium",
      subject: listed.name,
      summary: `customer.example lists ${listed.name} as a name server, ${problem}`,
    },
  ]);
});

test.each<[title: string, listed: ServerEvidence]>([
  ["a host with addresses", server("ns.example", { own: ["9.1.1.1"] })],
  [
    "a host that only glue knows",
    server("ns.example", { glue: ["9.1.1.1"], host: { state: "absent", reason: "nodata" } }),
  ],
  [
    "a host whose addresses could not be learnt",
    server("ns.example", { host: { state: "unknown", reason: "timeout" } }),
  ],
])("AUD-D-03 no finding: %s", (_title, listed) => {
  expect(lookAt(nameServersAreHosts, [zone({ servers: [listed], ...special })])).toBe("passed");
});

test("AUD-D-03 below a private root private addresses are in order", () => {
  const seen = zone({ servers: [server("ns.example", { own: ["10.0.0.1"] })], ...special });
  expect(look(nameServersAreHosts, evidence({ authorities: asked([seen], [], { privateAddresses: "usable" }) }))).toBe(
    "passed",
  );
});
