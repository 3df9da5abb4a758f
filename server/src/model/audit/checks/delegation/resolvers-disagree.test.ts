import { expect, test } from "vitest";
import type { DelegationEvidence, NameEvidence, VantageAnswer } from "../../evidence/delegation.ts";
import type { TracedChain } from "../../../traced-chain.ts";
import { resolversAgree } from "./resolvers-disagree.ts";
import { alias, asked, evidence, keyName, look, name, present, records, vantage, zone } from "./test-evidence.ts";

const old = (ttlSeconds: number) => present("v=DKIM1; p=old", ttlSeconds);
const absent: TracedChain = { aliases: [], finalName: keyName, outcome: "absent", reason: "nxdomain" };
const failed: TracedChain = { aliases: [], finalName: keyName, outcome: "unknown", reason: "servfail" };
const seen = (answers: VantageAnswer[], names?: NameEvidence[]): Partial<DelegationEvidence> => ({
  vantagePoints: [{ keyName, answers }],
  ...(names && { authorities: asked([zone()], names) }),
});
const two = (first: TracedChain, second: TracedChain, changes: Partial<VantageAnswer> = {}) => [
  vantage("9.9.9.9", first),
  vantage("8.8.8.8", second, changes),
];

test("failure mode 7: an old answer outlives the TTL of the zone", () => {
  expect(look(resolversAgree, evidence(seen(two(present(), old(80_000)), [name(records())])))).toMatchObject([
    {
      code: "ResolversDisagree",
      severity: "medium",
      subject: keyName,
      summary:
        "resolvers and servers give 2 different answers; old answers live until 2025-11-23 06:40:00 UTC at most (80000 s)",
      evidence: [
        'TXT "v=DKIM1; p=abc": 9.9.9.9:53 (for 300 s still)',
        'TXT "v=DKIM1; p=old": 8.8.8.8:53 (for 80000 s still)',
        'the authoritative servers say: TXT "v=DKIM1; p=abc"',
      ],
      commands: [`dig @9.9.9.9 ${keyName} TXT`, `dig @8.8.8.8 ${keyName} TXT`],
    },
  ]);
});

test.each([
  ["AUD-C-06 nobody knows what is current", seen(two(present(), old(100)))],
  [
    "AUD-C-06 an absence that outlives the zone's negative TTL",
    seen(two(present(), absent, { negativeTtlSeconds: 3000 }), [name(records())]),
  ],
  ["AUD-C-06 an absence without a known end", seen(two(present(), absent), [name(records())])],
])("%s", (_title, delegation) => {
  expect(look(resolversAgree, evidence(delegation))).toMatchObject([{ code: "ResolversDisagree" }]);
});

const aliased = (target: string, text: string, ttlSeconds: number): TracedChain => ({
  aliases: [{ name: keyName, target, ttlSeconds }],
  finalName: target,
  outcome: "present",
  texts: [{ text, ttlSeconds: 10 }],
});
const target = name(records(), records(), { name: "s1.esp.example" });

test.each([
  ["a key", seen(two(present(), old(299)), [name(records())])],
  ["an absence", seen(two(present(), absent, { negativeTtlSeconds: 200 }), [name(records())])],
  [
    "a removed key, whose TTL nobody knows any more",
    seen(two(absent, old(9000)), [name({ state: "absent", reason: "nxdomain" })]),
  ],
  [
    "an alias",
    seen(two(aliased("s1.esp.example", "v=DKIM1; p=abc", 300), aliased("old.esp.example", "v=DKIM1; p=old", 299)), [
      name(alias()),
      target,
    ]),
  ],
])("AUD-C-06 a change on its way is told, and is no fault: %s", (_title, delegation) => {
  expect(look(resolversAgree, evidence(delegation))).toMatchObject([{ code: "OldAnswersCached", severity: "info" }]);
});

test("AUD-C-06 an old alias that outlives its TTL is beyond it, whatever the key behind it", () => {
  const answers = two(
    aliased("s1.esp.example", "v=DKIM1; p=abc", 300),
    aliased("old.esp.example", "v=DKIM1; p=old", 301),
  );
  expect(look(resolversAgree, evidence(seen(answers, [name(alias()), target])))).toMatchObject([
    { code: "ResolversDisagree" },
  ]);
});

test.each([
  ["the same key with other TTLs", seen(two(present(), present("v=DKIM1; p=abc", 17)))],
  ["the servers themselves disagree", seen(two(present(), old(9)), [name(records(), records("v=DKIM1; p=old"))])],
])("AUD-C-06 no finding: %s", (_title, delegation) => {
  expect(look(resolversAgree, evidence(delegation))).toBe("passed");
});

test("AUD-C-06 one resolver is compared with the servers", () => {
  const one = (chain: TracedChain) => seen([vantage("9.9.9.9", chain)], [name(records())]);
  expect(look(resolversAgree, evidence(one(old(80_000))))).toMatchObject([{ code: "ResolversDisagree" }]);
  expect(look(resolversAgree, evidence(one(old(200))))).toMatchObject([{ code: "OldAnswersCached" }]);
  expect(look(resolversAgree, evidence(one(present())))).toBe("passed");
});

test("one definite answer is no disagreement: a failing resolver says nothing", () => {
  expect(look(resolversAgree, evidence(seen(two(present(), failed))))).toBe("needs evidence");
  expect(look(resolversAgree, evidence({}))).toBe("needs evidence");
});
