import { format, parse, registered } from "chancery/authres";
import { describe, expect, test } from "vitest";
import { arcMethodResult, spfMethodResult } from "./authentication-result.ts";
import type { ArcValidation } from "./arc.ts";
import type { SpfCheck } from "./spf.ts";

const spf: SpfCheck = {
  result: "pass",
  ip: "192.0.2.1",
  scope: "mfrom",
  identity: "mailfrom",
  domain: "example.com",
  mailbox: undefined,
  detail: undefined,
  explanation: undefined,
  record: "v=spf1 +all",
  lookups: 0,
  voidLookups: 0,
};
const arc: ArcValidation = {
  result: "pass",
  reason: undefined,
  detail: undefined,
  instances: 1,
  sealers: ["one.example"],
  oldestPass: 0,
};
const field = (result: ReturnType<typeof spfMethodResult>): string =>
  format({ authservId: "mx.example.org", version: null, results: [result] })
    .split(";\r\n ")[1]!
    .trimEnd();

describe("AR-11 spf", () => {
  test.each<[title: string, change: Partial<SpfCheck>, text: string]>([
    ["says the domain of MAIL FROM", {}, "spf=pass smtp.mailfrom=example.com"],
    ["says the HELO name", { identity: "helo", result: "softfail" }, "spf=softfail smtp.helo=example.com"],
    ["says the local part where it was used", { mailbox: "a@example.com" }, "spf=pass smtp.mailfrom=a@example.com"],
    ["says no domain where there is none", { domain: "", result: "none" }, "spf=none"],
    [
      "AR-23 says the domain alone of a MAIL FROM that is no plain address",
      { mailbox: 'x"\r\n ; dkim=pass@example.com', result: "fail" },
      "spf=fail smtp.mailfrom=example.com",
    ],
    [
      "AR-23 says nothing of what is no domain name",
      { domain: "legitimate.test(a.attack.test", result: "none" },
      "spf=none",
    ],
  ])("%s", (_title, change, text) => {
    expect(field(spfMethodResult({ ...spf, ...change }))).toBe(text);
  });
});

describe("AR-10 arc", () => {
  test.each<[title: string, change: Partial<ArcValidation>, ip: string | undefined, text: string]>([
    ["says how far back the message is unchanged", {}, undefined, "arc=pass header.oldest-pass=0"],
    ["says the client's address", {}, "192.0.2.1", "arc=pass smtp.remote-ip=192.0.2.1 header.oldest-pass=0"],
    ["says an IPv6 address in quotes", {}, "2001:db8::1", 'arc=pass smtp.remote-ip="2001:db8::1" header.oldest-pass=0'],
    [
      "says why it fails",
      { result: "fail", reason: "seal-mismatch", oldestPass: undefined },
      undefined,
      "arc=fail reason=seal-mismatch",
    ],
  ])("%s", (_title, change, ip, text) => {
    expect(field(arcMethodResult({ ...arc, ...change }, ip))).toBe(text);
  });
});

test("all of it is in the registry", () => {
  const results = [spfMethodResult(spf), arcMethodResult(arc, "2001:db8::1")];
  const read = parse(format({ authservId: "mx.example.org", version: null, results }))!;
  expect(registered(read.results)).toEqual(results);
});
