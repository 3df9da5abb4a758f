import { expect, test } from "vitest";
import type { ChainObservation } from "./chain-observation.ts";
import { type KeyFinding, readFact } from "../key/key-fact.ts";
import { confirmedNow } from "./rotation-finding.ts";
import { supersededNow } from "./rotation-history.ts";
import { gone, policy, publishing, roundOf, stateOf } from "./rotation.fixture.ts";
import type { DomainState, ManagedKey } from "./rotation-state.ts";
import { nextStep } from "./rotation.ts";

const now = 5000;
const week = 7 * 86_400;
const name = "s1._domainkey.example.com";
const target = publishing.chain.record.name;
const key: ManagedKey = { ...publishing, chain: { ...publishing.chain, aliases: [{ name, target }] } };

type Said = { data: string; type?: "CNAME" | "TXT"; ttlSeconds?: number };

/** Our own record is there; the customer's zone says this at the key name, or nothing. */
function looked(said: Said | undefined): ChainObservation {
  const round = roundOf(key, now);
  const { data = "", type = "CNAME", ttlSeconds = 86_400 } = said ?? {};
  const answer = { kind: "answer" as const, authoritative: true, records: [{ type, ttlSeconds, data }] };
  const answers = round.record.answers.map((one) => ({ ...one, said: said === undefined ? gone : answer }));
  return { ...round, aliases: [{ ...round.record, name, zone: "example.com", answers }] };
}
const stateAfter = (one: ManagedKey, ...rounds: ChainObservation[]): DomainState =>
  stateOf([one], { trustedMs: now, wallMs: now, rounds: new Map([[one.id, rounds]]) });
const withFact = (finding: KeyFinding): ManagedKey => ({
  ...key,
  facts: [...key.facts, readFact({ ...finding, at: 0, trustedMs: now })],
});

test.each<[string, Said]>([
  ["S15 the copy that a provider made of our record", { data: target, type: "TXT" }],
  ["S17 what a wildcard answered", { data: "v=spf1 -all", type: "TXT" }],
  ["an alias that led elsewhere", { data: "old.esp.example" }],
])("%s is waited for by its own TTL, however short that of its successor is", (_, before) => {
  const step = nextStep(stateAfter(key, looked(before)), policy);
  const finding: KeyFinding = {
    kind: "superseded",
    evidence: { zone: "example.com", positiveTtlSeconds: 86_400 },
  };
  expect(step).toMatchObject({ do: "record", finding });
  const after = stateAfter(withFact(finding), looked(before), looked({ data: target, ttlSeconds: 60 }));
  expect(confirmedNow(after, policy, after.keys[0]!)).toMatchObject({
    evidence: { waitSeconds: 86_400 + policy.resolverSlackSeconds, history: "changed" },
  });
  const unaware = stateAfter(key, looked({ data: target, ttlSeconds: 60 }));
  expect(confirmedNow(unaware, policy, key)).toMatchObject({
    evidence: { waitSeconds: 3600 + policy.resolverSlackSeconds },
  });
});

test("it is told once, and again only where it is longer", () => {
  const known = withFact({ kind: "superseded", evidence: { zone: "example.com", positiveTtlSeconds: 86_400 } });
  const told = (ttlSeconds: number) =>
    supersededNow(stateAfter(known, looked({ data: "old.example", ttlSeconds })), known);
  expect(told(86_400)).toBeUndefined();
  expect(told(86_401)).toMatchObject({ evidence: { positiveTtlSeconds: 86_401 } });
});

test("nobody keeps anything for longer than a week, whatever its TTL says", () => {
  const long = looked({ data: "old.example", ttlSeconds: 2 ** 31 - 1 });
  expect(supersededNow(stateAfter(key, long), key)).toMatchObject({ evidence: { positiveTtlSeconds: week } });
  const known = withFact({ kind: "superseded", evidence: { zone: "example.com", positiveTtlSeconds: week } });
  expect(supersededNow(stateAfter(known, long), known)).toBeUndefined();
});

const records = [{ type: "TXT" as const, ttlSeconds: 3600, data: "k0" }];
const older = { kind: "answer" as const, authoritative: true, records };

test.each<[string, ChainObservation]>([
  ["an alias that is as it should be", looked({ data: target })],
  ["an alias that is not there yet", looked(undefined)],
  ["an older record of ours, with the TTL that we serve", roundOf(key, now, older)],
])("%s stood in nobody's way", (_, round) => {
  expect(supersededNow(stateAfter(key, round), key)).toBeUndefined();
});
