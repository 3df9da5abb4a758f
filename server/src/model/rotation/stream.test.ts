import { describe, expect, test } from "vitest";
import type { Claim, ClaimKey, DnsSettings, MethodName } from "../delegation/delegation.ts";
import { issuedNames, methodOf } from "../delegation/delegation-methods.ts";
import { active, keyIn, late, policy, requested, roundOf, seenAt, standby, stateOf, told } from "./rotation.fixture.ts";
import { activeKey, type DomainState } from "./rotation-state.ts";
import { nextStep } from "./rotation.ts";
import { claimOfStream, nextStepOfStreams, streamProblem, streamRecords } from "./stream.ts";

const dns: DnsSettings = {
  zone: "dkim.esp.example",
  nameservers: [{ name: "ns1.esp.example", addresses: ["192.0.2.1"] }],
};
const now = 1_770_000_000; // 2 February 2026
const claimBy = (method: MethodName, changes: Partial<Claim> = {}): Claim => ({
  domain: "customer.example",
  method,
  label: "esp",
  seed: "seed",
  challengeToken: "token",
  options: {},
  ...changes,
});
const news = { name: "news", removed: false, series: null };
const offers = { name: "offers", removed: false, series: null };

describe("the names of a stream", () => {
  test.each<[MethodName, string]>([
    ["cname-ring", "esp-news1"],
    ["ns-branch", "feb2026-news.esp"],
    ["ns-subdomain", "esp-news-feb2026"],
    ["ns-domainkey", "esp-news-feb2026"],
    ["txt", "feb2026-esp-news"],
  ])("under %s the first selector is %s", (method, selector) => {
    const claim = claimOfStream(claimBy(method), news);
    expect(methodOf(method).place(claim, "primary", 1, dns, now, []).selector).toBe(selector);
  });

  test("under cname-series they begin with the label and the stream", () => {
    const given = { label: "esp-news", roles: ["primary"] as const, now, rotateAfterSeconds: 30 * 86_400 };
    const { series } = methodOf("cname-series").options!.begin({ batch: 2 }, given);
    const claim = claimOfStream(claimBy("cname-series"), { name: "news", series: series! });
    expect(streamRecords(claimBy("cname-series"), { ...news, series: series! }, ["primary"], dns, [])).toMatchObject([
      { name: "esp-news202602._domainkey.customer.example", stream: "news" },
      { name: "esp-news202603._domainkey.customer.example", stream: "news" },
    ]);
    expect(methodOf("cname-series").place(claim, "primary", 1, dns, now, []).selector).toBe("esp-news202602");
  });

  test("I-16 the targets of two streams and of the default stream are never the same, and the zone of a branch is that of all", () => {
    const ring = claimBy("cname-ring");
    const all = [ring, claimOfStream(ring, news), claimOfStream(ring, offers)].flatMap((claim) =>
      issuedNames(claim, ["primary", "second"], dns).map(({ name }) => name),
    );
    expect(new Set(all).size).toBe(18);
    const branch = claimBy("ns-branch");
    const inStream = claimOfStream(branch, news);
    expect(methodOf("ns-branch").ownZone(inStream)).toBe("esp._domainkey.customer.example");
    expect(issuedNames(inStream, ["primary"], dns)).toEqual(issuedNames(branch, ["primary"], dns));
  });

  test.each<[string, MethodName, string, string]>([
    ["an upstream's keys know no stream", "cname-chain", "news", "upstream"],
    ["a customer brings one key", "customer-key", "news", "come from the customer"],
    ["a name of ours is for no domain", "third-party-domain", "news", "one name of ours"],
    ["a digit at the end runs together with a slot", "cname-ring", "news1", "end in a letter"],
    ["capitals are none of a selector", "cname-ring", "News", "lower-case"],
    ["a hyphen does not stand at the edge", "txt", "-news", "lower-case"],
    ["it is short", "txt", "a".repeat(21), "1 to 20"],
    ["it is not empty", "txt", "", "no name of a stream"],
  ])("is refused where %s", (_why, method, name, problem) => {
    expect(streamProblem(claimBy(method), name, dns, now)).toContain(problem);
  });

  test("is refused where the selector would be too long, and taken where it fits", () => {
    const long = claimBy("txt", { label: "x".repeat(32) });
    expect(streamProblem(long, "a".repeat(20), dns, now)).toContain("too long");
    expect(streamProblem(long, "a", dns, now)).toBeUndefined();
    expect(streamProblem(claimBy("cname-ring"), "news-of-2026-daily", dns, now)).toBeUndefined();
  });
});

describe("the records of a stream", () => {
  const ring = claimBy("cname-ring");
  const keyAt = (slot: number, phase: ClaimKey["phase"]): ClaimKey => {
    const place = methodOf("cname-ring").place(claimOfStream(ring, news), "primary", slot, dns, now, []);
    return {
      ...place,
      id: `k${slot}`,
      method: "cname-ring",
      role: "primary",
      record: "v=DKIM1; p=",
      phase,
      stream: "news",
    };
  };
  const told = (removed: boolean, keys: ClaimKey[]): string[] =>
    streamRecords(ring, { ...news, removed }, ["primary"], dns, keys).map(
      ({ name, purpose }) => `${name.split(".")[0]} ${purpose}`,
    );

  test("are aliases ahead of their use until a key of the stream signs", () => {
    expect(told(false, [])).toEqual([
      "esp-news1 key-alias-ahead",
      "esp-news2 key-alias-ahead",
      "esp-news3 key-alias-ahead",
    ]);
    expect(told(false, [keyAt(1, "active"), keyAt(2, "published")])[0]).toBe("esp-news1 key-alias");
  });

  test("of a removed stream are those on which a key still stands", () => {
    expect(told(true, [keyAt(1, "draining"), keyAt(2, "destroyed")])).toEqual(["esp-news1 key-alias"]);
    expect(told(true, [keyAt(1, "destroyed")])).toEqual([]);
  });

  test("need no new delegation under ns-branch", () => {
    expect(streamRecords(claimBy("ns-branch"), news, ["primary"], dns, [])).toEqual([]);
  });
});

describe("the next step of several streams", () => {
  const at = (state: DomainState) => ({ state, policy });
  const quiet = stateOf([active, standby], seenAt(1000, [standby, roundOf(standby, 1000)]));
  const toldOf = (...states: [DomainState, ...DomainState[]]): string => {
    const [first, ...others] = states;
    const { step, of } = nextStepOfStreams([at(first), ...others.map(at)]);
    return `${told(step)} of ${states.indexOf(of.state)}`;
  };

  test("I-5 is the most urgent of all, and a stream that waits holds no other back", () => {
    const blocked = stateOf([keyIn("publishing", 1)], seenAt(1000));
    const switching = stateOf([active, standby], {
      ...seenAt(late, [standby, roundOf(standby, late)]),
      rotations: [
        { id: active.rotationId, reason: "first", requestedAt: 0 },
        { id: standby.rotationId, reason: "standby", requestedAt: 0 },
        requested,
      ],
    });
    expect(told(nextStep(switching, policy))).toBe("switch");
    expect(toldOf(quiet, switching)).toBe("switch of 1");
    expect(toldOf(blocked, quiet, switching)).toBe("switch of 2");
    expect(toldOf(quiet, stateOf([]))).toBe("plan of 1");
  });

  test("I-5 each stream has an active key of its own role: the switch of one touches no key of another", () => {
    const { step, of } = nextStepOfStreams([at(quiet), at(stateOf([]))]);
    expect([step.do, activeKey(of.state, "primary")]).toEqual(["plan", undefined]);
    expect(activeKey(quiet, "primary")).toBe(active);
  });

  test("where all wait, it waits for the first end of all their waits", () => {
    const soon = { ...policy, watchIntervalSeconds: 60 };
    const one = nextStepOfStreams([{ state: quiet, policy }]).step;
    const { step } = nextStepOfStreams([
      { state: quiet, policy },
      { state: quiet, policy: soon },
    ]);
    expect(one.do).toBe("wait");
    if (one.do !== "wait" || step.do !== "wait") return;
    expect(step.untilTrustedMs).toBeLessThan(one.untilTrustedMs!);
    expect(step.waits).toHaveLength(2 * one.waits.length);
  });

  test("I-14 a removed stream wants no key: the one that signs stops and drains, one that stood by is withdrawn", () => {
    const removed = { ...quiet, algorithms: [] };
    expect(toldOf(quiet, removed)).toBe("record deactivated k1 of 1");
    expect(toldOf(stateOf([standby], { algorithms: [] }))).toBe("withdraw k2 of 0");
    const draining = stateOf([keyIn("draining", 1)], { algorithms: [], trustedMs: 5000 });
    expect(toldOf(draining)).toBe("wait of 0");
  });
});
