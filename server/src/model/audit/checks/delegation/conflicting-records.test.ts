import { expect, test } from "vitest";
import { aliasesStandAlone } from "./conflicting-records.ts";
import {
  alias,
  asked,
  evidence,
  keyName,
  look,
  lookAt,
  name,
  records,
  zone,
  zoneWithAddress,
} from "./test-evidence.ts";

const beside = { type: "MX", address: "9.1.1.1", how: "asked for" } as const;
const older = { soa: { primary: "ns1.customer.example", serial: 6, refreshSeconds: 3600, negativeTtlSeconds: 300 } };

test.each([
  [
    "another type is answered without the alias",
    name(alias(), alias(), { besideAlias: [beside] }),
    "MX at 9.1.1.1, asked for",
  ],
  ["ANY lists both", name(alias(), alias(), { besideAlias: [{ ...beside, how: "in ANY" }] }), "MX at 9.1.1.1, in ANY"],
  [
    "the NSEC record lists both",
    name(alias(), alias(), { besideAlias: [{ ...beside, how: "in NSEC" }] }),
    "MX at 9.1.1.1, in NSEC",
  ],
  [
    "one server gives the alias, one the key, of one serial",
    name(alias(), records()),
    'TXT "v=DKIM1; p=abc" at 9.2.2.2',
  ],
  [
    "one answer holds both",
    name({ state: "records", texts: ["x"], ttlSeconds: 1, alias: "a.example" }),
    'CNAME a.example, TXT "x" at 9.1.1.1, 9.2.2.2',
  ],
])("AUD-C-07 %s", (_title, seen, line) => {
  expect(lookAt(aliasesStandAlone, [zone()], [seen])).toMatchObject([
    {
      code: "ConflictingRecords",
      severity: "high",
      subject: keyName,
      evidence: expect.arrayContaining([line]) as string[],
    },
  ]);
});

test.each([
  ["an alias alone", [zone()], [name(alias())]],
  ["a key alone", [zone()], [name(records())]],
  ["an alias that replaced the key, and a stale secondary", [zoneWithAddress(older)], [name(alias(), records())]],
])("AUD-C-07 no finding: %s", (_title, zones, names) => {
  expect(lookAt(aliasesStandAlone, zones, names)).toBe("passed");
});

test("AUD-C-07 what the chain itself shows is not told twice", () => {
  const both = name(alias(), alias(), { besideAlias: [beside] });
  const chain = {
    aliases: [{ name: keyName, target: "s1.esp.example", ttlSeconds: 300 }],
    finalName: keyName,
    outcome: "present",
    texts: [{ text: "x", ttlSeconds: 300 }],
  } as const;
  expect(look(aliasesStandAlone, evidence({ authorities: asked([zone()], [both]) }, chain))).toBe("passed");
});
