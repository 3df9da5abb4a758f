import { describe, expect, test } from "vitest";
import { dsDigest, type DnssecState } from "chancery/dns";
import { type AuditContext, type Check, type CheckOutcome, defaultAuditPolicy } from "../../check.ts";
import type { DnssecEvidence, RecordsSaid, SignedZone } from "../../evidence/dnssec.ts";
import type { AuditEvidence } from "../../evidence.ts";
import { nothingExpected } from "../../expectations.ts";
import type { TracedChain } from "../../../traced-chain.ts";
import { cdsAgrees } from "./cds-agrees.ts";
import { delegationSigned } from "./delegation-signed.ts";
import { dsNamesAKey } from "./ds-names-a-key.ts";
import { dnssecChecks } from "./dnssec-checks.ts";
import { emptyNameExists } from "./empty-name-exists.ts";
import { keyRecords } from "./key-records.ts";
import { signaturesHold } from "./signatures-hold.ts";
import { signingIsChecked } from "./signing-is-checked.ts";

const domain = "customer.example";
const keyName = `s1._domainkey.${domain}`;
const target = "s1.dkim.esp.example";
const context: AuditContext = { policy: defaultAuditPolicy };
const sound: TracedChain = {
  aliases: [{ name: keyName, target, ttlSeconds: 600 }],
  finalName: target,
  outcome: "present",
  texts: [{ text: "v=DKIM1; p=abc", ttlSeconds: 300 }],
};

function outcome(check: Check, dnssec: DnssecEvidence | undefined, changes: Partial<AuditEvidence> = {}): CheckOutcome {
  const evidence: AuditEvidence = {
    domain,
    at: 1_800_000_000,
    dns: "network",
    selectors: [{ selector: "s1", keyName, sources: ["given"], chain: sound }],
    discovery: { domainkeyNode: "exists", namesTried: 0 },
    expectations: nothingExpected,
    ...(dnssec && { dnssec }),
    ...changes,
  };
  return check.look(evidence, context);
}
const told = (result: CheckOutcome): string[] =>
  "findings" in result ? result.findings.map(({ code, subject }) => `${code} ${subject}`) : [result.state];
const secure: DnssecState = { state: "secure" };
const validated = (last: DnssecState, zones: readonly SignedZone[] = []): DnssecEvidence => ({
  state: "validated",
  chains: [
    {
      keyName,
      steps: [
        { name: keyName, target, dnssec: secure },
        { name: target, dnssec: last },
      ],
    },
  ],
  zones,
});
const expired: DnssecState = {
  state: "bogus",
  zone: "esp.example",
  record: { name: target, type: "TXT" },
  reason: "signature-expired",
  keyTag: 7,
  expiredAt: 1_799_999_000,
};

/** RFC 6605 §6.1: a key of example.net and its DS record. */
const key = "257 3 13 GojIhhXUN/u4v54ZQqGSnyhWJwaubCvTmeexv7bR6edbkrSqQpF64cYbcB7wNcP+e+MAnLr+Wi9xMWyQLc8NAA==";
const ds = "55648 13 2 b4c8c1fe2e7477127b27115656ad6256f424625bf5c1e2770ce6d6e37df61d17";
const otherKey = "257 3 15 l02Woi0iS8Aa25FQkUd9RMzZHJpBoRQwAQEX1SxZJA4=";
const [otherRecord] = keyRecords([otherKey]);
const otherDs = `3613 15 2 ${Buffer.from(dsDigest("example.net", otherRecord!, 2) ?? []).toString("hex")}`;
const said = (...texts: string[]): RecordsSaid => ({ state: "records", texts });
const absent: RecordsSaid = { state: "absent" };
const silent: RecordsSaid = { state: "unknown", reason: "timeout" };

type Server = Partial<Omit<SignedZone["servers"][number], "address" | "names">>;
const signedZone = (servers: readonly Server[], parent: readonly string[] = [ds]): SignedZone => ({
  apex: "example.net",
  ds: parent,
  servers: servers.map((server, index) => ({
    address: `192.0.2.${index + 1}`,
    names: [`ns${index + 1}.example.net`],
    dnskey: said(key),
    cds: absent,
    cdnskey: absent,
    ...server,
  })),
});

describe("AUD-C-14 signatures hold on every chain", () => {
  test("a signature that ran out at the second name is told with the day and the name that fails", () => {
    const result = outcome(signaturesHold, validated(expired));
    expect(result).toMatchObject({
      state: "failed",
      findings: [
        {
          code: "DnssecBogus",
          severity: "medium",
          subject: target,
          summary: `receivers that validate DNSSEC cannot look up ${target}: the signature of ${target} TXT ran out on 2027-01-15 07:43:20 UTC`,
          commands: [`dig +dnssec ${target} TXT`, `delv ${target} TXT`],
        },
      ],
    });
    expect(result.state === "failed" && result.findings[0]?.remedy).toMatch(/^ask whoever runs esp\.example: /);
  });

  test("one broken zone is one finding, however many names lead through it", () => {
    const evidence = validated(expired);
    const chains = evidence.state === "validated" ? evidence.chains : [];
    const second = { keyName: `s2._domainkey.${domain}`, steps: chains[0]!.steps };
    const result = outcome(signaturesHold, { state: "validated", chains: [...chains, second], zones: [] });
    expect(told(result)).toEqual([`DnssecBogus ${target}`]);
  });

  const fine: [what: string, state: DnssecState][] = [
    ["signed", secure],
    ["not signed", { state: "insecure", zone: "esp.example", reason: "no-ds" }],
    ["a fault of the DS record, told by another check", { ...expired, reason: "ds-without-key" }],
  ];
  test.each(fine)("no finding: %s", (_, state) => {
    expect(outcome(signaturesHold, validated(state))).toEqual({ state: "passed" });
  });

  test("what was not found out neither fails nor passes", () => {
    const state: DnssecState = {
      state: "indeterminate",
      zone: "esp.example",
      reason: "not-reached",
      detail: "timeout",
    };
    expect(outcome(signaturesHold, validated(state))).toEqual({
      state: "needs evidence",
      needed: `DNSSEC records of ${target}; not known: the keys of esp.example were not reached (timeout)`,
    });
  });

  test("nothing was validated: it says what it takes", () => {
    expect(outcome(signaturesHold, undefined)).toMatchObject({ state: "needs evidence" });
    expect(outcome(signaturesHold, { state: "unreachable" })).toMatchObject({ state: "needs evidence" });
  });

  const refused: TracedChain = { aliases: [], finalName: keyName, outcome: "unknown", reason: "bogus" };
  const selectors = [{ selector: "s1", keyName, sources: ["given"], chain: refused }] as const;
  test("AUD-C-03 what the resolver refuses is told too, once", () => {
    expect(told(outcome(signaturesHold, undefined, { selectors }))).toEqual([`DnssecBogus ${keyName}`]);
    expect(told(outcome(signaturesHold, validated(secure), { selectors }))).toEqual([`DnssecBogus ${keyName}`]);
    expect(told(outcome(signaturesHold, validated(expired), { selectors }))).toEqual([`DnssecBogus ${target}`]);
    // One server of the zone has other keys, which is told of the zone.
    const ofCustomer = { ...signedZone([{}, { dnskey: said(otherKey) }]), apex: domain };
    expect(outcome(signaturesHold, validated(secure, [ofCustomer]), { selectors })).toEqual({ state: "passed" });
  });
});

describe("AUD-D-06 DS records name keys", () => {
  const missing: DnssecState = {
    state: "bogus",
    zone: "example.net",
    record: { name: "example.net", type: "DNSKEY" },
    reason: "ds-without-key",
  };
  const rows: [what: string, dnssec: DnssecEvidence, expected: string[]][] = [
    ["a key on every server", validated(secure, [signedZone([{}, {}])]), []],
    [
      "another key on one server",
      validated(secure, [signedZone([{}, { dnskey: said(otherKey) }])]),
      ["DsWithoutKey example.net"],
    ],
    ["no key on one server", validated(secure, [signedZone([{}, { dnskey: absent }])]), ["DsWithoutKey example.net"]],
    ["a server that says nothing", validated(secure, [signedZone([{}, { dnskey: silent }])]), []],
    ["a second DS record for a key to come", validated(secure, [signedZone([{}, {}], [ds, otherDs])]), []],
    ["DS records that nobody checks", validated(secure, [signedZone([{ dnskey: absent }], ["1 7 1 00"])]), []],
    [
      "no server with the key",
      validated(missing, [signedZone([{ dnskey: said(otherKey) }])]),
      ["DsWithoutKey example.net"],
    ],
    [
      "no server with a key, seen by validation alone",
      validated({ ...missing, reason: "dnskey-missing" }),
      ["DsWithoutKey example.net"],
    ],
    ["no signed zone", validated(secure), ["does not apply"]],
  ];
  test.each(rows)("%s", (_, dnssec, expected) =>
    expect(told(outcome(dsNamesAKey, dnssec))).toEqual(expected.length > 0 ? expected : ["passed"]),
  );

  test("the servers that lack the key are named", () => {
    const result = outcome(dsNamesAKey, validated(secure, [signedZone([{}, { dnskey: said(otherKey) }])]));
    expect(result).toMatchObject({
      findings: [
        {
          summary: "192.0.2.2 has no key of example.net that its parent's DS record names",
          evidence: [`DS ${ds}`, "192.0.2.1 has the keys 55648", "192.0.2.2 has the keys 3613"],
        },
      ],
    });
  });
});

describe("RES-12 RES-13 signed in vain", () => {
  const rows: [state: DnssecState, expected: string[]][] = [
    [
      { state: "insecure", zone: "esp.example", reason: "unsupported-algorithm", algorithms: [7] },
      ["DnssecIgnored esp.example"],
    ],
    [{ state: "insecure", zone: "esp.example", reason: "nsec3-iterations" }, ["DnssecIgnored esp.example"]],
    [{ state: "insecure", zone: "esp.example", reason: "no-ds" }, ["passed"]],
    [{ state: "insecure", zone: "esp.example", reason: "opt-out" }, ["passed"]],
    [secure, ["passed"]],
  ];
  test.each(rows)("%j", (state, expected) =>
    expect(told(outcome(signingIsChecked, validated(state)))).toEqual(expected),
  );
});

describe("DNS-E-25 a branch without DS record below a signed domain", () => {
  const rows: [zone: string, expected: string[]][] = [
    [`_domainkey.${domain}`, [`DelegationUnsigned _domainkey.${domain}`]],
    [`esp._domainkey.${domain}`, [`DelegationUnsigned esp._domainkey.${domain}`]],
    [domain, ["passed"]],
    ["esp.example", ["passed"]],
  ];
  test.each(rows)("%s", (zone, expected) => {
    expect(told(outcome(delegationSigned, validated({ state: "insecure", zone, reason: "no-ds" })))).toEqual(expected);
  });
});

describe("AUD-D-07 CDS and CDNSKEY records", () => {
  const rows: [what: string, zone: SignedZone, expected: string][] = [
    ["none", signedZone([{}, {}]), "does not apply"],
    [
      "the same everywhere, as the DS record",
      signedZone([
        { cds: said(ds), cdnskey: said(key) },
        { cds: said(ds), cdnskey: said(key) },
      ]),
      "passed",
    ],
    [
      "a digest that is of no key",
      signedZone([{ cds: said(`55648 13 4 ${"00".repeat(48)}`) }], [ds]),
      "CdsInconsistent example.net",
    ],
    [
      "different on one server",
      signedZone([{ cds: said(ds) }, { cds: said(otherDs), dnskey: said(key, otherKey) }]),
      "CdsInconsistent example.net",
    ],
    ["missing on one server", signedZone([{ cds: said(ds) }, {}]), "CdsInconsistent example.net"],
    ["a server that says nothing", signedZone([{ cds: said(ds) }, { cds: silent }]), "passed"],
    [
      "CDNSKEY for another key",
      signedZone([{ cds: said(ds), cdnskey: said(otherKey), dnskey: said(key, otherKey) }]),
      "CdsInconsistent example.net",
    ],
    ["a key that the zone does not have", signedZone([{ cds: said(otherDs) }]), "CdsInconsistent example.net"],
    [
      "a change of keys on its way",
      signedZone([{ cds: said(ds, otherDs), dnskey: said(key, otherKey) }]),
      "DsChangePending example.net",
    ],
    [
      "a wish to be signed no more (RFC 8078 §4)",
      signedZone([{ cds: said("0 0 0 00"), cdnskey: said("0 3 0 AA==") }]),
      "DsChangePending example.net",
    ],
  ];
  test.each(rows)("%s", (_, zone, expected) =>
    expect(told(outcome(cdsAgrees, validated(secure, [zone])))).toEqual([expected]),
  );
});

describe("RES-08 an empty name above selectors", () => {
  const rows: [node: AuditEvidence["discovery"]["domainkeyNode"], chain: TracedChain, expected: string][] = [
    ["nxdomain", sound, `EmptyNameDenied _domainkey.${domain}`],
    ["exists", sound, "passed"],
    ["unknown", sound, "needs evidence"],
    ["nxdomain", { aliases: [], finalName: keyName, outcome: "absent", reason: "nxdomain" }, "does not apply"],
    ["nxdomain", { aliases: [], finalName: keyName, outcome: "unknown", reason: "timeout" }, "does not apply"],
  ];
  test.each(rows)("%s above %j", (domainkeyNode, chain, expected) => {
    const selectors = [{ selector: "s1", keyName, sources: ["given"], chain }] as const;
    const discovery = { domainkeyNode, namesTried: 0 };
    expect(told(outcome(emptyNameExists, undefined, { selectors, discovery }))).toEqual([expected]);
  });
});

test("every check gives the codes that it names, and no other", () => {
  const zones = [signedZone([{ dnskey: said(otherKey), cds: said(otherDs) }, { cds: said(ds) }])];
  for (const check of dnssecChecks) {
    for (const code of told(outcome(check, validated(expired, zones)))) {
      const [name = ""] = code.split(" ");
      if (/^[A-Z]/.test(name)) expect(check.codes).toContain(name);
    }
  }
});
