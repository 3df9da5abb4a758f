import * as fc from "fast-check";
import { expect, test } from "vitest";
import { headerField, splitHeader, type HeaderField } from "../mail/header.ts";
import { octetsOf } from "../mail/octets.ts";
import { addResults } from "./add-results.ts";
import type { AuthenticationResults } from "./authentication-results.ts";
import { believedResults } from "./believed-results.ts";
import { stripForged } from "./strip-forged.ts";

const ours: AuthenticationResults = {
  authservId: "our.example",
  version: null,
  results: [{ method: "dmarc", version: null, result: "fail", reason: null, properties: [] }],
};
const header = (...fields: string[]): HeaderField[] => fields.map((field) => headerField(`${field}\r\n`));
const lines = (fields: readonly HeaderField[]): string[] => fields.map(({ raw }) => raw.trimEnd());
const forged = "Authentication-Results: our.example; dmarc=pass";
const ourField = "Authentication-Results: our.example;\r\n dmarc=fail";

test("AR-17 our field stands above everything it is about, and above our own trace fields", () => {
  const before = header(
    "Received: by mx.our.example",
    "Authentication-Results: example.net; dkim=pass",
    "DKIM-Signature: v=1",
    "From: a@example.com",
  );
  expect(lines(addResults(before, ours, "outside"))).toEqual([ourField, ...lines(before)]);
});

test("AR-18 from outside, all that claims to be ours goes, aliases too", () => {
  const before = header(
    forged,
    "Received: x",
    forged,
    "Authentication-Results: OLD.example; none",
    "From: a@example.com",
  );
  expect(lines(addResults(before, ours, "outside", ["old.example"]))).toEqual([
    ourField,
    "Received: x",
    "From: a@example.com",
  ]);
});

test("AR-18 what a trusted host of ours wrote stays, what stands below it goes", () => {
  const before = header(
    "Authentication-Results: our.example; spf=pass",
    "Received: from mx1.our.example by inner.our.example",
    "Authentication-Results: our.example; dkim=pass",
    "Received: from client.example by mx1.our.example",
    "Received: from somewhere by client.example",
    forged,
    "From: a@example.com",
  );
  expect(stripForged(before, "our.example", { receivedByOurs: 2 })).toEqual([5]);
  expect(stripForged(before, "our.example", { receivedByOurs: 1 })).toEqual([5]);
  expect(stripForged(before, "our.example", { receivedByOurs: 0 })).toEqual([5, 2]);
  expect(stripForged(before, "our.example")).toEqual([5, 2, 0]);
});

test("AR-21 a field is believed by an id on the list, above the first Received that is not ours", () => {
  const before = header(
    "Authentication-Results: (c) Our.Example ; dkim=pass header.d=example.com; x-own=pass",
    "Received: from client.example by mx1.our.example",
    "Authentication-Results: our.example; spf=pass",
    "Authentication-Results: other.example; arc=pass",
    "Authentication-Results: our.example; broken",
    "Received: by client.example",
    forged,
  );
  const words = (receivedByOurs: number, ids: string | string[] = "our.example"): string[] =>
    believedResults(before, ids, { receivedByOurs }).map(({ method, result }) => `${method}=${result}`);
  expect(words(1)).toEqual(["dkim=pass", "spf=pass"]);
  expect(words(1, ["our.example", "other.example"])).toEqual(["dkim=pass", "spf=pass", "arc=pass"]);
  expect(words(0)).toEqual(["dkim=pass"]);
  expect(words(1, [])).toEqual([]);
  expect(believedResults(before, "our.example", "outside")).toEqual([]);
});

test("AR-18 AR-21 after the border nothing forged is believed, however many and wherever", () => {
  const piece = fc.constantFrom(
    forged,
    "authentication-results : (x) OUR.example; dmarc=pass",
    'Authentication-Results: "our.example"; dmarc=pass',
    "Authentication-Results:\r\n our.example; dmarc=pass",
    "Received: by mx.our.example",
    "Authentication-Results: example.net; dmarc=pass",
    "Subject: our.example",
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), fc.nat(14), (fields, receivedByOurs) => {
      const after = addResults(header(...fields), ours, "outside");
      const believed = believedResults(after, "our.example", { receivedByOurs });
      expect(believed.map(({ method, result }) => `${method}=${result}`)).toEqual(["dmarc=fail"]);
    }),
  );
});

test("AR-08 AR-23 whatever a value holds, one field is added, and it reads as UTF-8", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 100 }), (value) => {
      const property = { ptype: "smtp", property: "mailfrom", value: `jos\u00e9${value}@example.com` };
      const results = { ...ours, results: [{ ...ours.results[0]!, reason: value, properties: [property] }] };
      const [added, ...rest] = addResults(header("From: a@example.com"), results, "outside");
      expect(rest).toHaveLength(1);
      const read = splitHeader(octetsOf(`${added!.raw}From: a@example.com\r\n`));
      expect(read.ok && read.value.map(({ lowerName }) => lowerName)).toEqual(["authentication-results", "from"]);
      expect(Buffer.from(added!.raw, "latin1").toString("utf8")).toContain("jos\u00e9");
    }),
  );
});
