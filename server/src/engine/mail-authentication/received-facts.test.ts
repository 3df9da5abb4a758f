import { headerField } from "chancery/mail";
import { expect, test } from "vitest";
import { smtpFactsIn } from "./received-facts.ts";

const factsIn = (...fields: string[]) => smtpFactsIn(fields.map((field) => headerField(`${field}\r\n`)));

test.each<[title: string, from: string, ip: string | undefined, helo: string | undefined]>([
  ["Postfix", "mail.example (mail.example [192.0.2.1])", "192.0.2.1", "mail.example"],
  ["Postfix, IPv6", "mail.example (unknown [IPv6:2001:db8::1])", "2001:db8::1", "mail.example"],
  ["Exim", "mail.example ([192.0.2.1]:4025 helo=other.example)", "192.0.2.1", "mail.example"],
  ["Chancery", "[192.0.2.9] ([192.0.2.1])", "192.0.2.1", "[192.0.2.9]"],
  ["a HELO that pretends to be the address", "[192.0.2.9] (mail.example [192.0.2.1])", "192.0.2.1", "[192.0.2.9]"],
  ["a HELO with the look of the clause", "x([192.0.2.9]) (unknown [192.0.2.1])", "192.0.2.1", "x"],
  ["an address that is only claimed", "mail.example (helo=[192.0.2.9])", undefined, undefined],
  ["no address", "mail.example by mx.example.org", undefined, undefined],
])("reads the client of %s", (_title, from, ip, helo) => {
  const facts = factsIn(`Received: from ${from}\r\n\tby mx.example.org; Sun, 22 Nov 2026 04:00:00 +0000`);
  expect(facts).toEqual(ip === undefined ? undefined : { ip, helo });
});

const received = "Received: from mail.example (mail.example [192.0.2.1]) by mx.example.org; date";

test("the topmost Received that names a client counts", () => {
  const local = "Received: by mx.example.org (Postfix, from userid 0); date";
  const below = "Received: from far.example (far.example [192.0.2.9]) by mail.example; date";
  expect(factsIn(local, received, below)?.ip).toBe("192.0.2.1");
  expect(factsIn(received.replace("[192.0.2.1]", ""), below)).toBeUndefined();
  expect(factsIn("Subject: x")).toBeUndefined();
});

test.each<[field: string, mailFrom: string | undefined]>([
  ["Return-Path: <a@example.com>", "a@example.com"],
  ["Return-Path:\r\n <a@example.com> ", "a@example.com"],
  ["Return-Path: <>", ""],
  ["Return-Path: a@example.com", undefined],
  ["Subject: <a@example.com>", undefined],
])("%j gives the MAIL FROM %j", (field, mailFrom) => {
  expect(factsIn(field, received)?.mailFrom).toBe(mailFrom);
});

test("a field of any length is read in linear time, or not", () => {
  const endless = `Received: from ${"(".repeat(1_000_000)}`;
  expect(factsIn(endless, received)?.ip).toBe("192.0.2.1");
});
