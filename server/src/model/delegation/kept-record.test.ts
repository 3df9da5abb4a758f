import { generateKeyPairSync } from "node:crypto";
import { formatKeyRecord } from "chancery/dkim";
import { describe, expect, test } from "vitest";
import { checkRecord } from "./record-check.ts";
import type { NameObservation } from "../rotation/chain-observation.ts";
import { keptRecordProblem } from "./kept-record.ts";

const record = formatKeyRecord(generateKeyPairSync("ed25519").publicKey);
const rsa = formatKeyRecord(generateKeyPairSync("rsa", { modulusLength: 2048 }).publicKey);
const other = formatKeyRecord(generateKeyPairSync("ed25519").publicKey);
const p = record.slice(record.indexOf("p=") + 2);

describe("a key record that the customer publishes", () => {
  test.each([
    ["as it was given", record],
    ["without blanks", record.replaceAll(" ", "")],
    ["with its tags in another order", `v=DKIM1; p=${p}; k=ed25519`],
    ["with blanks in its key", record.replace(p, `${p.slice(0, 20)} ${p.slice(20)}`)],
    ["without its version", record.replace("v=DKIM1; ", "")],
    ["with a note and without subdomains", `${record}; n=ours; t=s`],
  ])("is the same %s", (_, text) => {
    expect(keptRecordProblem(record, [text])).toBeUndefined();
  });

  test.each<[string, string, string[], string]>([
    ["nothing", record, [], "NoKeyRecord"],
    ["another key", record, [other], "KeyMismatch"],
    ["another kind of key", record, [rsa], "KeyMismatch"],
    ["a revoked key", record, ["v=DKIM1; p="], "KeyRevoked"],
    ["the same twice", record, [record, record], "MultipleKeyRecords"],
    ["one beside another", record, [other, record], "MultipleKeyRecords"],
    ["one record in two halves", rsa, [rsa.slice(0, 200), rsa.slice(200)], "MultipleKeyRecords"],
    ["its quotes", record, [`"${record}"`], "KeyMalformed"],
    ["escaped semicolons", record, [record.replaceAll(";", "\\;")], "KeyMalformed"],
    ["its key cut short", rsa, [rsa.slice(0, 250)], "KeyMalformed"],
    ["a test flag", record, [`${record}; t=y`], "KeyTesting"],
    ["SHA-1 alone", record, [`${record}; h=sha1`], "KeyUnusable"],
    ["the private half", record, ["-----BEGIN PRIVATE KEY-----\nMC4CAQ"], "PrivateKeyPublished"],
    ["another text", record, ["v=spf1 -all"], "NoKeyRecord"],
  ])("is wrong with %s", (_, expected, texts, code) => {
    expect(keptRecordProblem(expected, texts)?.code).toBe(code);
  });
});

describe("the check of what the customer published", () => {
  const name = "s1._domainkey.example.com";
  const seen = (...texts: string[]): NameObservation => ({
    name,
    type: "TXT",
    zone: "example.com",
    negativeTtlSeconds: 5,
    answers: ["a", "b"].map((address) => ({
      address,
      transport: "tcp",
      said: {
        kind: "answer",
        authoritative: true,
        records: texts.map((data) => ({ type: "TXT", ttlSeconds: 5, data })),
      },
    })),
  });
  const asked = { name, type: "TXT", data: `"${record}"`, purpose: "key-request" } as const;
  const over = { ...asked, purpose: "key-removal" } as const;

  test("tells the mistake, and never passes on a private key", () => {
    expect(checkRecord(asked, seen(record))).toMatchObject({ state: "present" });
    expect(checkRecord(asked, seen(`"${record}"`))).toMatchObject({
      state: "wrong",
      problem: { code: "KeyMalformed" },
    });
    const leaked = checkRecord(asked, seen("-----BEGIN PRIVATE KEY-----\nMC4CAQ"));
    expect(leaked).toMatchObject({ found: ["[a private key]"], problem: { severity: "critical" } });
  });

  test("a record that may go is there while its key is, and gone when something else stands there", () => {
    expect(checkRecord(over, seen(record)).state).toBe("present");
    expect(checkRecord(over, seen()).state).toBe("absent");
    expect(checkRecord(over, seen("v=DKIM1; p=")).state).toBe("absent");
    expect(checkRecord(over, seen(other)).state).toBe("absent");
  });
});
