import { expect, test } from "vitest";
import { AnswerFacts } from "../answer-facts.ts";
import { answer } from "../answer.ts";
import type { AnswerOptions } from "../answer-options.ts";
import type { SigningBudget } from "./rrset-signer.ts";
import { newKey, now, queryOf, signingWith, zoneOfText } from "../../dnssec/test-zones.ts";
import { withSigning } from "../../zone/zone.ts";
import { parseMessage, RCODE, type Message } from "../../message/message.ts";
import { TYPE } from "../../record/record.ts";
import { zoneSet } from "../../zone/zone-set.ts";

const apex = "example.com";
const signing = signingWith(newKey(13, "both"));
const zone = zoneOfText(apex, "@ 3600 SOA ns h 1 2 3 4 300\n@ 3600 NS ns\nwww 3600 A 192.0.2.2\n*.wild 3600 TXT w");
const zones = zoneSet([withSigning(zone, signing)]);

/** Leaves room for names of the zone alone. */
const spent: SigningBudget = { begin: (life) => life === "kept", end: () => {} };
const open: SigningBudget = { begin: () => true, end: () => {} };

function ask(name: string, transport: "udp" | "tcp", budgets: AnswerOptions["signingBudgets"]) {
  const facts = new AnswerFacts();
  const octets = answer(zones, queryOf({ name, type: TYPE.TXT }), transport, {
    now,
    facts,
    ...(budgets && { signingBudgets: budgets }),
  });
  const reply = parseMessage(octets ?? expect.fail("silence"));
  return { facts, reply: reply.ok ? reply.value : expect.fail(reply.problem) };
}
const records = ({ answers, authority }: Message): number => answers.length + authority.length;

test.each(["none.example.com", "any.wild.example.com"])(
  "%s, signed for nobody else, is TC when there is no time for it",
  (name) => {
    const { reply } = ask(name, "udp", { anyone: spent, proven: open });
    expect([reply.truncated, reply.rcode, records(reply)]).toEqual([true, RCODE.NOERROR, 0]);
    const overTcp = ask(name, "tcp", { anyone: spent, proven: open }).reply;
    expect([overTcp.truncated, records(overTcp) > 0]).toEqual([false, true]);
  },
);

test("who is proven and over its own budget gets SERVFAIL", () => {
  const { reply } = ask("none2.example.com", "tcp", { anyone: open, proven: spent });
  expect([reply.rcode, reply.authoritative, reply.truncated, records(reply)]).toEqual([
    RCODE.SERVFAIL,
    false,
    false,
    0,
  ]);
});

test("to the limiter a denial that was put off is one of its zone", () => {
  expect(ask("none3.example.com", "udp", { anyone: spent, proven: open }).facts.kind).toBe("nxdomain");
});

test("what a zone has is signed whatever random names cost, and a signature that is known costs nothing", () => {
  expect(records(ask("www.example.com", "udp", { anyone: spent, proven: spent }).reply)).toBeGreaterThan(0);
  ask("known.example.com", "udp", undefined);
  expect(ask("known.example.com", "udp", { anyone: spent, proven: spent }).reply.truncated).toBe(false);
});
