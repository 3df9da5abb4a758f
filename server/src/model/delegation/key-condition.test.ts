import { generateKeyPairSync } from "node:crypto";
import { expect, test } from "vitest";
import type { KeyFact } from "../key/key-fact.ts";
import { day } from "../seconds.ts";
import type { MethodName } from "./delegation.ts";
import { keyConditions } from "./key-condition.ts";

const recordOf = (modulusLength: number): string =>
  `v=DKIM1; k=rsa; p=${generateKeyPairSync("rsa", { modulusLength }).publicKey.export({ format: "der", type: "spki" }).toString("base64")}`;
const sound = recordOf(2048);
const activated = { kind: "activated", at: 1000, trustedMs: 0, evidence: { serves: "rot" } } as unknown as KeyFact;

test.each<[string, MethodName, string, number, string[], string]>([
  ["a young key of 2048 bits is as it should be", "cname-ring", sound, 300, [], ""],
  ["a key is old after a year", "cname-ring", sound, 366, ["low KeyOld"], "chancery key rotate customer.example"],
  ["whoever publishes it hears of the record", "txt", sound, 366, ["low KeyOld"], "publish the record"],
  ["whoever made it brings the next one", "customer-key", sound, 366, ["low KeyOld"], "chancery key import"],
  ["1024 bits are few", "customer-key", recordOf(1024), 1, ["low KeyWeak"], "chancery key import"],
])("%s (%s)", (_title, method, record, days, told, remedy) => {
  const key = {
    keyName: "s1._domainkey.customer.example",
    record,
    method,
    phase: "active" as const,
    facts: [activated],
  };
  const findings = keyConditions("customer.example", key, 1000 + days * day);
  expect(findings.map(({ severity, code }) => `${severity} ${code}`)).toEqual(told);
  expect(findings.map((one) => one.remedy).join()).toContain(remedy);
  expect(keyConditions("customer.example", { ...key, phase: "draining" }, 1000 + days * day)).toEqual([]);
});
