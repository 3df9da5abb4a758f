import { expect, test } from "vitest";
import type { NameObservation, ServerAnswer } from "../rotation/chain-observation.ts";
import type { CustomerRecord } from "./delegation.ts";
import { recordProblem } from "./record-problem.ts";

const ourKey = "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";
const otherKey = "v=DKIM1; k=ed25519; p=O2onvM62pC1io6jQKm8Nc2UyFXcd4kOmOsBIoYtZ2ik=";
const alias: CustomerRecord = {
  name: "s1._domainkey.customer.example",
  type: "CNAME",
  data: "abc.dkim.esp.example.",
  purpose: "key-alias",
};
const token: CustomerRecord = {
  name: "_chancery-challenge.customer.example",
  type: "TXT",
  data: '"token"',
  purpose: "challenge",
};

type Seen = readonly (readonly ["CNAME" | "TXT", string])[] | string;

const saidOf = (seen: Seen): ServerAnswer["said"] =>
  typeof seen === "string"
    ? { kind: "unknown", reason: seen }
    : { kind: "answer", authoritative: true, records: seen.map(([type, data]) => ({ type, data, ttlSeconds: 300 })) };

const observed = (record: CustomerRecord, servers: readonly Seen[]): NameObservation => ({
  name: record.name,
  type: record.type as NameObservation["type"],
  zone: "customer.example",
  negativeTtlSeconds: 300,
  answers: servers.map((seen, index) => ({ address: `192.0.2.${index + 1}`, transport: "udp", said: saidOf(seen) })),
});

test.each<[string, CustomerRecord, readonly Seen[], string | undefined]>([
  ["nothing there says no more than that", alias, [[], []], undefined],
  ["another target is plainly another", alias, [[["CNAME", "elsewhere.example."]]], undefined],
  ["S14 our key copied as a text", alias, [[["TXT", ourKey]]], "Flattened"],
  ["S14 our key copied as a text, blanks and all", alias, [[["TXT", ourKey.replaceAll("; ", " ; ")]]], "Flattened"],
  ["somebody else's key", alias, [[["TXT", otherKey]]], "KeyMismatch"],
  [
    "two keys",
    alias,
    [
      [
        ["TXT", otherKey],
        ["TXT", otherKey.replace("O2", "P2")],
      ],
    ],
    "MultipleKeyRecords",
  ],
  ["a revoked key", alias, [[["TXT", "v=DKIM1; p="]]], "KeyRevoked"],
  ["a key that cannot be read", alias, [[["TXT", "v=DKIM1; k=rsa; p=%%%"]]], "KeyMalformed"],
  ["a text that is no key", alias, [[["TXT", "hello"]]], undefined],
  [
    "the alias beside a text",
    alias,
    [
      [
        ["CNAME", "abc.dkim.esp.example."],
        ["TXT", "hello"],
      ],
    ],
    "ConflictingRecords",
  ],
  [
    "two aliases",
    alias,
    [
      [
        ["CNAME", "abc.dkim.esp.example."],
        ["CNAME", "elsewhere.example."],
      ],
    ],
    "ConflictingRecords",
  ],
  ["a target without its final dot", alias, [[["CNAME", "abc.dkim.esp.example.customer.example."]]], "CnameMismatch"],
  ["one server behind the other", alias, [[["CNAME", "abc.dkim.esp.example."]], []], "ResolversDisagree"],
  ["the proof at one server of two", token, [[["TXT", "token"]], []], "ResolversDisagree"],
  ["another text in the place of the proof", token, [[["TXT", "other"]]], undefined],
  ["servers that are not the zone's", alias, ["lame", "refused"], "LameDelegation"],
  ["I-12 a silent server beside lame ones says nothing", alias, ["lame", "timeout"], undefined],
  ["nobody to ask", alias, [], undefined],
])("%s", (_, record, servers, code) => {
  expect(recordProblem(record, observed(record, servers), [ourKey])?.code).toBe(code);
});
