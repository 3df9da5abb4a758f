import { describe, expect, test } from "vitest";
import type { ChainObservation, NameObservation, ServerAnswer } from "./chain-observation.ts";
import { confirm, judgeRound } from "./confirm.ts";
import type { ExpectedChain } from "../delegation/delegation.ts";
import { timingPresets } from "./timing-policy.ts";

const chain: ExpectedChain = {
  aliases: [{ name: "s1._domainkey.example.com", target: "abc.dkim.esp.example" }],
  record: { name: "abc.dkim.esp.example", text: "v=DKIM1; p=AAAA" },
};
type Said = ServerAnswer["said"];
const answer = (type: "TXT" | "CNAME", ...data: string[]): Said => ({
  kind: "answer",
  authoritative: true,
  records: data.map((text) => ({ type, ttlSeconds: 300, data: text })),
});
const everywhere = (name: string, type: "TXT" | "CNAME", said: Said): NameObservation => ({
  name,
  type,
  zone: name.endsWith("example.com") ? "example.com" : "dkim.esp.example",
  negativeTtlSeconds: 60,
  answers: ["ns1 192.0.2.1", "ns2 192.0.2.2"].flatMap((address) =>
    (["udp", "tcp"] as const).map((transport) => ({ address, transport, said })),
  ),
});
const round = (trustedMs = 0, changes: Partial<ChainObservation> = {}): ChainObservation => ({
  trustedMs,
  wallMs: trustedMs,
  aliases: [everywhere("s1._domainkey.example.com", "CNAME", answer("CNAME", "abc.dkim.esp.example"))],
  record: everywhere("abc.dkim.esp.example", "TXT", answer("TXT", "v=DKIM1; p=AAAA")),
  wildcard: everywhere("x7k2._domainkey.example.com", "TXT", answer("TXT")),
  ...changes,
});
/** The same observation with the last answer replaced: one address, one transport. */
const exceptOne = (observed: NameObservation, said: Said): NameObservation => ({
  ...observed,
  answers: observed.answers.map((one, index, all) => (index === all.length - 1 ? { ...one, said } : one)),
});

/** What a validating resolver makes of a wrong DS record: an error, and no answer. */
const bogus: Said = { kind: "unknown", reason: "SERVFAIL (DNSSEC: no key of the zone matches a DS record)" };

test.each(["present", "absent", "revoked"] as const)(
  "S23 I-12 an answer that does not validate confirms nothing: the record is not taken to be %s",
  (expectation) => {
    const rounds = [0, 60_000, 120_000].map((at) =>
      round(at, { record: everywhere("abc.dkim.esp.example", "TXT", bogus) }),
    );
    expect(confirm(rounds, chain, expectation, timingPresets.default).state).toBe("unknown");
  },
);

describe("one round", () => {
  const good = round();
  const servfail: Said = { kind: "unknown", reason: "SERVFAIL" };
  const lame: Said = { kind: "answer", authoritative: false, records: [] };
  const [alias] = good.aliases as [NameObservation];
  test.each<[string, ChainObservation, string, string]>([
    ["DKIM-S-28 agrees when every address says the same over both transports", good, "agreed", ""],
    [
      "I-1 DKIM-S-28 one address without the record is enough to say no",
      round(0, { record: exceptOne(good.record, answer("TXT")) }),
      "wrong",
      "192.0.2.2 (tcp) has no TXT",
    ],
    [
      "another key is wrong",
      round(0, { record: exceptOne(good.record, answer("TXT", "v=DKIM1; p=BBBB")) }),
      "wrong",
      "p=BBBB",
    ],
    [
      "two records at the name are wrong",
      round(0, { record: exceptOne(good.record, answer("TXT", "v=DKIM1; p=AAAA", "x")) }),
      "wrong",
      "2 TXT records",
    ],
    [
      "I-12 SERVFAIL is neither yes nor no",
      round(0, { record: exceptOne(good.record, servfail) }),
      "unknown",
      "SERVFAIL",
    ],
    [
      "I-12 a server without authority is neither yes nor no",
      round(0, { record: exceptOne(good.record, lame) }),
      "unknown",
      "without authority",
    ],
    [
      "S25 a server that was not asked over TCP does not agree",
      round(0, { record: { ...good.record, answers: good.record.answers.slice(0, 3) } }),
      "unknown",
      "not asked over tcp",
    ],
    [
      "an answer too long for UDP is read over TCP",
      round(0, {
        record: {
          ...good.record,
          answers: good.record.answers.map((one) =>
            one.transport === "udp" ? { ...one, said: { kind: "truncated" } } : one,
          ),
        },
      }),
      "agreed",
      "",
    ],
    [
      "no server at all is not an agreement",
      round(0, { record: { ...good.record, answers: [] } }),
      "unknown",
      "no authoritative server",
    ],
    [
      "S13 an alias that is gone is wrong",
      round(0, { aliases: [exceptOne(alias, answer("CNAME"))] }),
      "wrong",
      "has no CNAME",
    ],
    [
      "an alias to elsewhere is wrong",
      round(0, { aliases: [exceptOne(alias, answer("CNAME", "other.example"))] }),
      "wrong",
      "other.example",
    ],
    [
      "S14 a flattened copy of the key is wrong",
      round(0, { aliases: [exceptOne(alias, answer("TXT", "v=DKIM1; p=AAAA"))] }),
      "wrong",
      "where CNAME is expected",
    ],
    ["an alias that was not asked proves nothing", round(0, { aliases: [] }), "unknown", "no authoritative server"],
    [
      "F-33 a wildcard beside the name is in the way",
      round(0, { wildcard: exceptOne(good.wildcard, answer("TXT", "parked")) }),
      "wrong",
      "wildcard",
    ],
  ])("%s", (_, observed, verdict, objection) => {
    const judged = judgeRound(observed, chain, "present");
    expect(judged.verdict).toBe(verdict);
    expect(judged.objections.map(({ address, problem }) => `${address} ${problem}`).join("\n")).toContain(objection);
  });

  test("a delegation has to name our servers, all of them and no other", () => {
    const hosts = ["h1.ns.dkim.esp.example", "h2.ns.dkim.esp.example"];
    const delegated: ExpectedChain = {
      aliases: [],
      delegation: { name: "esp._domainkey.example.com", hosts },
      record: chain.record,
    };
    const referral = (...names: string[]): ChainObservation =>
      round(0, {
        delegation: {
          ...everywhere("esp._domainkey.example.com", "CNAME", {
            kind: "answer",
            authoritative: false,
            records: names.map((data) => ({ type: "NS", ttlSeconds: 60, data })),
          }),
          type: "NS",
        },
      });
    expect(judgeRound(referral(...hosts.toReversed()), delegated, "present").verdict).toBe("agreed");
    expect(judgeRound(referral("h1.ns.dkim.esp.example"), delegated, "present").verdict).toBe("wrong");
    expect(judgeRound(referral(...hosts, "old.example.net"), delegated, "present").verdict).toBe("wrong");
    expect(judgeRound(round(), delegated, "present").verdict).toBe("unknown");
  });

  test("absence asks our own record alone: an alias that is gone shows nobody a key", () => {
    const gone = round(0, { aliases: [], record: everywhere("abc.dkim.esp.example", "TXT", answer("TXT")) });
    expect(judgeRound(gone, chain, "absent").verdict).toBe("agreed");
    expect(judgeRound(good, chain, "absent").verdict).toBe("wrong");
    expect(judgeRound(round(0, { record: exceptOne(gone.record, servfail) }), chain, "absent").verdict).not.toBe(
      "agreed",
    );
  });
});

describe("CONFIRM over rounds", () => {
  const policy = { ...timingPresets.default, confirmRounds: 3, confirmGapSeconds: 60 };
  const minute = 60_000;
  const missing = (at: number) => round(at, { record: everywhere("abc.dkim.esp.example", "TXT", answer("TXT")) });
  test.each<[string, ChainObservation[], unknown]>([
    ["nothing asked yet", [], { state: "not-yet" }],
    ["two rounds are not three", [round(0), round(minute)], { state: "not-yet", reasons: ["seen in 2 of 3 rounds"] }],
    ["three rounds too close together are one", [round(0), round(1000), round(2000)], { state: "not-yet" }],
    [
      "three spaced rounds confirm since the first",
      [round(0), round(minute), round(2 * minute)],
      { state: "confirmed", seenTrustedMs: 0 },
    ],
    [
      "a round that disagrees starts the count again (S24)",
      [round(0), missing(minute), round(2 * minute), round(3 * minute)],
      { state: "not-yet" },
    ],
    [
      "and the wait runs from after it",
      [round(0), missing(minute), ...[2, 3, 4].map((n) => round(n * minute))],
      { state: "confirmed", seenTrustedMs: 2 * minute },
    ],
    ["the last round decides", [round(0), round(minute), round(2 * minute), missing(3 * minute)], { state: "not-yet" }],
    [
      "S2 an address that never answers keeps it open",
      [round(0, { record: exceptOne(round().record, { kind: "unknown", reason: "timeout" }) })],
      { state: "unknown" },
    ],
  ])("%s", (_, rounds, expected) => {
    expect(confirm(rounds, chain, "present", policy)).toMatchObject(expected as object);
  });
});
