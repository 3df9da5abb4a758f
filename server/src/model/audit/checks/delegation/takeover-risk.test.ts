import { expect, test } from "vitest";
import { defaultAuditPolicy } from "../../check.ts";
import type { RegistrationSeen, ZoneEvidence } from "../../evidence/delegation.ts";
import { namesAreHeld } from "./takeover-risk.ts";
import { address, evidence, keyName, look, lookAt, refused, server, silent, zone } from "./test-evidence.ts";

const target: RegistrationSeen = {
  name: "s1.dkim.gone.example",
  role: "alias target",
  reliedOnBy: keyName,
  registrableDomain: "gone.example",
  registration: "does-not-exist",
};

test("AUD-D-10 an alias into a domain that nobody has registered", () => {
  expect(look(namesAreHeld, evidence({ registrations: [target] }))).toMatchObject([
    {
      code: "TakeoverRisk",
      severity: "critical",
      subject: "s1.dkim.gone.example",
      summary: `gone.example is not registered: whoever registers it answers for ${keyName}`,
      evidence: [`${keyName} is an alias of s1.dkim.gone.example`],
    },
  ]);
});

test("AUD-D-10 one finding for a domain, however many names depend on it", () => {
  const server = { ...target, name: "ns1.gone.example", role: "name server", reliedOnBy: "customer.example" } as const;
  expect(look(namesAreHeld, evidence({ registrations: [target, server] }))).toHaveLength(1);
});

test.each<[title: string, seen: RegistrationSeen]>([
  ["AUD-D-10 a registered domain", { ...target, registration: "exists" }],
  ["AUD-D-14 a domain of which DNS said nothing", { ...target, registration: "unknown" }],
  ["AUD-D-10 a name that nobody can register", { ...target, registrableDomain: undefined }],
])("no finding: %s", (_title, seen) => {
  expect(look(namesAreHeld, evidence({ registrations: [seen] }))).toBe("passed");
});

test("AUD-D-10 a known provider's name is held, whatever one answer says", () => {
  const isProviderName = (name: string): boolean => name === "gone.example";
  const context = { policy: defaultAuditPolicy, isProviderName };
  expect(namesAreHeld.look(evidence({ registrations: [target] }), context).state).toBe("passed");
});

const hosted = (changes: Partial<ZoneEvidence> = {}, other = "dns-host.example"): ZoneEvidence =>
  zone({
    apex: "_domainkey.customer.example",
    servers: [
      server("ns1.dns-host.example", { registrableDomain: "dns-host.example" }),
      server(`ns2.${other}`, { registrableDomain: other }),
    ],
    addresses: [
      address("9.3.3.3", { servers: ["ns1.dns-host.example"], udp: refused, tcp: refused }),
      address("9.4.4.4", { servers: [`ns2.${other}`], udp: refused, tcp: refused }),
    ],
    ...changes,
  });

test("AUD-D-11 a shared provider refuses, at every server, a zone that is delegated to it", () => {
  expect(lookAt(namesAreHeld, [hosted()])).toMatchObject([
    {
      code: "TakeoverRisk",
      severity: "critical",
      subject: "_domainkey.customer.example",
      summary:
        "_domainkey.customer.example is delegated to the name servers of dns-host.example, which do not serve it: another customer there could claim it",
    },
  ]);
});

const [first, second] = hosted().addresses;
const { delegated: _, ...undelegated } = hosted();
test.each<[title: string, seen: ZoneEvidence]>([
  ["one of them answers", hosted({ addresses: [first!, { ...second!, udp: { state: "authoritative" } }] })],
  ["one of them keeps silent", hosted({ addresses: [first!, { ...second!, udp: silent, tcp: silent }] })],
  ["they belong to two organisations", hosted({}, "other-host.example")],
  ["they are the zone's own", hosted({ registrableDomain: "dns-host.example" })],
  ["nobody delegates to them", undelegated],
])("AUD-D-11 no finding: %s", (_title, seen) => {
  expect(lookAt(namesAreHeld, [seen])).toBe("passed");
});
